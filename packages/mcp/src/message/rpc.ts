/** JSON-RPC's own codes, and those that MCP adds (2026-07-28 basic, "Error Codes"; 2025-11-25 client/elicitation). */
export const RPC = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** 2025-11-25 resources, "Error Handling". */
  resourceNotFound: -32_002,
  /** The headers of a call do not say what its arguments say. */
  headerMismatch: -32_020,
  unsupportedVersion: -32_022,
  /** URL elicitation required: 2025-11-25 only. */
  urlElicitation: -32_042,
} as const;

/** A JSON-RPC error message; `id` is JSON text. */
export function errorMessage(id: string, code: number, message: string, data?: unknown): Buffer {
  const error = { code, message, ...(data !== undefined && { data }) };
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`);
}

/** A JSON-RPC result message; `id` and `result` are JSON text. */
export function resultMessage(id: string, result: string): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${result}}`);
}
