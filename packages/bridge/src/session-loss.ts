/** The server no longer knows the session: what was sent with it was not done, and may be sent again in a new one. */
export class SessionLost extends Error {
  constructor(status: number) {
    super(`the server no longer knows the session (status ${status})`);
    this.name = 'SessionLost';
  }
}

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

const METHOD_NOT_FOUND = -32_601;
/** Codes that servers give the trouble with a session; the others are about what was asked. */
const TRANSPORT_CODES: ReadonlySet<unknown> = new Set([-32_000, -32_001, -32_600]);

/**
 * Whether a refusal means that the server has forgotten the session (2025-11-25 transports, "Session Management"): a
 * 404, or a 400 that says so. An error with the request's own id is the server's answer unless nothing else can be meant.
 */
export function isSessionGone({ status, text, code, answersRequest = false }: SessionRefusal): boolean {
  if (status !== 404 && status !== 400) return false;
  if (code === METHOD_NOT_FOUND) return false;
  if (answersRequest) return TRANSPORT_CODES.has(code) && disownsSession(text);
  return status === 404 || speaksOfSession(text);
}

/** The same for the request that opens a stream: where there never was one, a bare 404 says that there is none. */
export function isStreamLost(refusal: SessionRefusal, hadStream: boolean): boolean {
  return isSessionGone(refusal) && (hadStream || speaksOfSession(refusal.text));
}

/**
 * Whether a 401 to a request in a session is about the session. A challenge with an error code is about the token
 * (RFC 6750 section 3.1); with a bare one the body has to disown the session, without any a word of it is enough.
 */
export function blamesSession(challenges: readonly string[], text: string): boolean {
  if (challenges.length === 0) return speaksOfSession(text);
  return !challenges.some(namesError) && disownsSession(text);
}

/** True for a challenge that says what is wrong with the token. */
export function namesError(challenge: string): boolean {
  return /(?:^|[\s,])error\s*=/i.test(challenge);
}

/** True for the words in which servers speak of a session: "sessionId not found", "Sessions expired". */
function speaksOfSession(text: string): boolean {
  return /(?<![a-z])session/i.test(text);
}

/** What may stand before the word where the session of the transport is meant, and not one of the server's trade. */
const OWN = String.raw`(?:^|[:.,("'{[]\s*|\b(?:a|the|this|your|no|not|valid|invalid|unknown|missing|expired|or|and|for|mcp|transport|http|client|server)[\s_-]+)`;
const SESSION = new RegExp(`${OWN}session`, 'i');
const UNKNOWN =
  /\b(?:no (?:valid|such|active|transport)|not (?:found|valid|exist|recogni[sz]ed|known|active)|unknown|invalid|expired|terminated|no longer|does(?:n't| not) exist)\b/i;

/** True for words that can only mean that the session of the transport is not known. */
function disownsSession(text: string): boolean {
  return SESSION.test(text) && UNKNOWN.test(text);
}
