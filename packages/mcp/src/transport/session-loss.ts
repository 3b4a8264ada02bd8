import { disownsSession, speaksOfSession } from '@mcpass/auth';
import { RPC } from '../message/rpc.js';

/** A refusal of a request that named a session. */
export interface SessionRefusal {
  readonly status: number;
  /** What the server said: the message of its error, or the beginning of its body. */
  readonly text: string;
  /** The code of a JSON-RPC error. */
  readonly code?: unknown;
  /** The error names the very request: whoever reads requests that far may be speaking of anything. */
  readonly answersRequest?: boolean;
}

/** Codes that servers give the trouble with a session; the others are about what was asked. */
const TRANSPORT_CODES: ReadonlySet<unknown> = new Set([-32_000, -32_001, RPC.invalidRequest]);

/**
 * Whether a refusal means that the server has forgotten the session (2025-11-25 transports, "Session Management"): a
 * 404, or a 400 that says so. An error with the request's own id is the server's answer unless nothing else can be meant.
 */
export function isSessionGone({ status, text, code, answersRequest = false }: SessionRefusal): boolean {
  if (status !== 404 && status !== 400) return false;
  if (code === RPC.methodNotFound) return false;
  if (answersRequest) return TRANSPORT_CODES.has(code) && disownsSession(text);
  return status === 404 || disownsSession(text) || wantsGreeting(text);
}

/** The same for the request that opens a stream: where there never was one, a bare 404 says that there is none. */
export function isStreamLost(refusal: SessionRefusal, hadStream: boolean): boolean {
  return isSessionGone(refusal) && (hadStream || speaksOfSession(refusal.text));
}

/** A server that was started anew, and was greeted by us before: "Bad Request: Server not initialized". */
function wantsGreeting(text: string): boolean {
  return /^\W*(?:bad request\W+)?(?:the )?(?:mcp )?(?:server|session|transport) (?:is |has )?not (?:been |yet )?initiali[sz]ed\b/i.test(
    text,
  );
}
