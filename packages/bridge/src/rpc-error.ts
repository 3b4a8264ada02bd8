import { findMcpassError, McpassError } from '@mcpass/auth';
import { SessionLost } from './session-loss.js';

/** JSON-RPC's own codes; the specification leaves no others for trouble on the way (2026-07-28 basic, "Error Codes"). */
export const RPC = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
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

/** Why what is under way is given up when the host goes. */
export function bridgeEnded(): McpassError {
  return new McpassError('interrupted', 'The bridge was ended.', { step: 'session', fault: 'yours' });
}

/** What was thrown, in words for a person. */
export function reasonOf(thrown: unknown): {
  readonly error: McpassError | undefined;
  readonly message: string;
} {
  const error = findMcpassError(thrown);
  if (error !== undefined) return { error, message: `${error.message}${adviceOf(error)}` };
  if (thrown instanceof SessionLost)
    return { error, message: 'The server forgets its sessions as fast as they begin.' };
  return { error, message: thrown instanceof Error ? thrown.message : 'Something went wrong.' };
}

/** A host shows one text, and it should be enough to act on. The command for a sign-in is said by who knows it. */
function adviceOf({ remedy }: McpassError): string {
  return remedy?.do === 'say' ? ` (${remedy.text})` : '';
}
