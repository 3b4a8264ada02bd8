/** A JSON-RPC id. */
export type RpcId = string | number;

/** Any object in JSON. */
export type Json = { readonly [name: string]: unknown };

/** A request or, without an id, a notification. */
export interface RpcRequest {
  readonly id?: RpcId;
  readonly method: string;
  readonly params: Json;
}

/** An answer to a request of ours. */
export interface RpcResponse {
  readonly id: RpcId;
  readonly result?: Json;
  readonly error?: Json;
}

/** JSON-RPC's own codes, and those of the MCP schema of 2026-07-28. */
export const RPC_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** A failure that is answered as a JSON-RPC error. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: Json | undefined;

  constructor(code: number, message: string, data?: Json) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.data = data;
  }
}

/** Whether a value is a JSON object. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one message; batches and anything that is no JSON-RPC 2.0 are refused. */
export function readMessage(value: unknown): RpcRequest | RpcResponse {
  if (value === undefined) throw new RpcError(RPC_CODES.parseError, 'Parse error');
  if (!isJson(value) || value['jsonrpc'] !== '2.0')
    throw new RpcError(RPC_CODES.invalidRequest, 'Invalid Request');
  const { id, method, params, result, error } = value;
  const knownId = typeof id === 'string' || typeof id === 'number' ? id : undefined;
  if (typeof method === 'string') {
    return { ...(knownId !== undefined && { id: knownId }), method, params: isJson(params) ? params : {} };
  }
  if (knownId === undefined || (!isJson(result) && !isJson(error))) {
    throw new RpcError(RPC_CODES.invalidRequest, 'Invalid Request');
  }
  return { id: knownId, ...(isJson(result) && { result }), ...(isJson(error) && { error }) };
}

/** A successful answer. */
export function rpcResult(id: RpcId, result: Json): Json {
  return { jsonrpc: '2.0', id, result };
}

/** A failed answer. The id is left out where it could not be read. */
export function rpcFailure(id: RpcId | undefined, error: RpcError): Json {
  const { code, message, data } = error;
  return {
    jsonrpc: '2.0',
    ...(id !== undefined && { id }),
    error: { code, message, ...(data !== undefined && { data }) },
  };
}
