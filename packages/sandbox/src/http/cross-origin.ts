import type { LoggedRequest } from './request-log.js';

/** What a program in a page may read of an answer, beside what browsers show anyway. */
const EXPOSED = 'www-authenticate, mcp-session-id, mcp-protocol-version, retry-after, location';

/** Whether a browser asks if a page may send a request (Fetch standard, section 3.3.2). */
export function isPreflight({ method, headers }: LoggedRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/**
 * Lets a page of this machine talk to the sandbox. Each server names the origin that asked and not `*`, which would not let it
 * send `Authorization`; which pages the MCP endpoint serves is judged there.
 */
export function crossOriginHeaders(request: LoggedRequest): readonly (readonly [string, string])[] {
  const { origin, 'access-control-request-headers': wanted } = request.headers;
  if (!isLocalOrigin(origin) || origin === undefined) return [];
  const allowed = [
    ['access-control-allow-origin', origin],
    ['vary', 'origin'],
  ] as const;
  return isPreflight(request)
    ? [
        ...allowed,
        ['access-control-allow-methods', 'GET, POST, DELETE'],
        ['access-control-allow-headers', wanted ?? ''],
      ]
    : [...allowed, ['access-control-expose-headers', EXPOSED]];
}

/** Of this machine, or not of a page at all. */
export function isLocalOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && ['localhost', '127.0.0.1'].includes(new URL(origin).hostname);
}
