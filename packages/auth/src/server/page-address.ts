import { McpassError } from '../errors.js';
import { judgeEndpoint } from './endpoint-rule.js';
import { inertAddress } from './inert-address.js';
import { isLoopbackHost } from './url.js';

/** Characters of an address that a person can still judge. */
const LONGEST = 4_000;

/** The URL parser lets `;` and `$(` pass in a host, where they cannot be encoded. */
export function isPlainHost(hostname: string): boolean {
  return /^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/.test(hostname);
}

/**
 * The address as it may be opened by a browser that is told to: https, or http to this machine; re-serialized, so that it is
 * one word of plain ASCII with nothing in it that begins something for a shell ({@link inertAddress}). Nothing where it is
 * not fit for that. Pure.
 */
export function openableAddress(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || !isPlainHost(url.hostname)) {
    return undefined;
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
  return isSafe ? new URL(inertAddress(url.href)) : undefined;
}

/**
 * Whether a person may be asked to open an address that a server named, outside of a sign-in (MCP elicitation, "URL Mode":
 * an address is judged before it is shown). Returns it as it is shown: the host in letters that cannot be mistaken, the rest
 * percent-encoded. Throws `endpoint_unsafe`.
 */
export function judgePageAddress(address: string, server: URL): URL {
  const url = judgeEndpoint(address, 'page', 'session', { server });
  if (url.href.length <= LONGEST && isPlainHost(url.hostname)) return new URL(inertAddress(url.href));
  const why = url.href.length > LONGEST ? 'too long to be judged' : 'at a host that is no name';
  throw new McpassError('endpoint_unsafe', `The server's page is ${why}.`, {
    step: 'session',
    fault: 'server',
  });
}
