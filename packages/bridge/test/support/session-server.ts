import type { ServerResponse } from 'node:http';
import { answer, type Asked, type Oddity, startOddServer } from './odd-server.js';

/** How a forgotten session is refused. */
export interface Refusal {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SessionServer {
  readonly url: string;
  readonly asked: Asked[];
  /** The sessions that were begun: `s1`, `s2`, … */
  readonly begun: () => number;
  /** From now on, no session that has been begun is known. */
  forget(): void;
  /** What came for a method, as the numbers of its sessions. */
  sessionsOf(operation: string): unknown[];
}

/** An odd server that hands out sessions and forgets them; `odd` sees what is in a session that it knows. */
export async function startSessionServer(
  refusal: Refusal | ((one: Asked) => Refusal),
  odd: Oddity = () => false,
  capabilities: object = { tools: {} },
): Promise<SessionServer> {
  let begun = 0;
  let known = 0;
  const refuse = (one: Asked, response: ServerResponse): true => {
    const { status, body = '', headers = {} } = typeof refusal === 'function' ? refusal(one) : refusal;
    const type = body.startsWith('{') ? 'application/json' : 'text/plain';
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
    return true;
  };
  const { url, asked } = await startOddServer((one, response) => {
    if (one.operation === 'initialize') {
      begun += 1;
      known = begun;
      const result = {
        protocolVersion: '2025-11-25',
        capabilities,
        serverInfo: { name: 'odd', version: '0' },
      };
      return answer(response, one.id, result, { 'mcp-session-id': `s${begun}` });
    }
    if (one.headers['mcp-session-id'] !== `s${known}`) return refuse(one, response);
    return odd(one, response);
  });
  return {
    url,
    asked,
    begun: () => begun,
    forget() {
      known = -1;
    },
    sessionsOf: (operation) =>
      asked.filter((one) => one.operation === operation).map((one) => one.headers['mcp-session-id']),
  };
}
