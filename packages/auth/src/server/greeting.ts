/* The question whose only purpose is the answer's status: is somebody let in, with or without a token? */

/** One request that asks it, as `fetch` takes it. */
export interface Greeting {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * The oldest request that every server understands: one that knows only newer revisions still asks for the token before
 * it looks at the method. The revision header is not part of it (2025-11-25, "Protocol Version Header"). It may begin a
 * session, which nobody uses.
 */
export const GREETING: Greeting = {
  method: 'POST',
  headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'mcpass', version: '0' },
    },
  }),
};

/** Asks a server of the 2024-11-05 transport, which takes no POST at its address: its event stream is what it protects. */
const STREAM_GREETING: Greeting = { method: 'GET', headers: { accept: 'text/event-stream' } };

/**
 * What to ask after `GREETING` was answered with this status; undefined where that was the answer (2025-11-25
 * transports, "Backwards Compatibility").
 */
export function nextGreeting(status: number): Greeting | undefined {
  return status === 404 || status === 405 ? STREAM_GREETING : undefined;
}
