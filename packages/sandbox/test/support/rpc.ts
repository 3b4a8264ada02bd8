import type { Sandbox } from '../../src/index.js';
import { read, type Answer } from './oauth.js';

let nextId = 1;

export interface RpcOptions {
  readonly token?: unknown;
  readonly headers?: Record<string, string>;
}

/** One POST of the older eras. */
export async function rpc(
  sandbox: Sandbox,
  method: string,
  params: object = {},
  options: RpcOptions = {},
): Promise<Answer> {
  return read(await rawRpc(sandbox, { jsonrpc: '2.0', id: (nextId += 1), method, params }, options));
}

/** One POST of 2026-07-28, with all that belongs to it. */
export async function newRpc(
  sandbox: Sandbox,
  method: string,
  params: Record<string, unknown> = {},
  options: RpcOptions = {},
): Promise<Answer> {
  const name = params['name'] ?? params['uri'];
  const body = {
    jsonrpc: '2.0',
    id: (nextId += 1),
    method,
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
      },
    },
  };
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': name }),
    ...options.headers,
  };
  return read(await rawRpc(sandbox, body, { ...options, headers }));
}

export function rawRpc(sandbox: Sandbox, message: unknown, options: RpcOptions = {}): Promise<Response> {
  return fetch(sandbox.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(options.token !== undefined && { authorization: `Bearer ${String(options.token)}` }),
      ...options.headers,
    },
    body: JSON.stringify(message),
  });
}
