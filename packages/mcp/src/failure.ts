import { type ErrorCode, type ErrorDetails, findMcpassError, McpassError, quote } from '@mcpass/auth';

/** The server no longer knows the session: what was sent with it was not done, and may be sent again in a new one. */
export class SessionLost extends Error {
  constructor(status: number) {
    super(`the server no longer knows the session (status ${status})`);
    this.name = 'SessionLost';
  }
}

/** What went wrong between a client and its server; the server's fault unless told otherwise. */
export function sessionFailure(
  code: ErrorCode,
  message: string,
  details: Partial<Omit<ErrorDetails, 'step'>> = {},
): McpassError {
  return new McpassError(code, message, { fault: 'server', ...details, step: 'session' });
}

/** The server answered the greeting with a revision that is none. */
export function unknownRevision(version: string): McpassError {
  const text = `The server speaks a revision of MCP that nobody knows: ${quote(version, 40)}.`;
  return sessionFailure('answer_invalid', text);
}

/** What was under way is given up, because whoever wanted it is gone. */
export function interrupted(message: string, cause?: unknown): McpassError {
  return sessionFailure('interrupted', message, { fault: 'yours', cause });
}

/** What was thrown, as the one kind of error that leaves this package. */
export function failureOf(thrown: unknown): McpassError {
  const error = findMcpassError(thrown);
  if (error !== undefined) return error;
  if (thrown instanceof SessionLost) {
    return sessionFailure('server_error', 'The server forgets its sessions as fast as they begin.', {
      cause: thrown,
    });
  }
  const message = thrown instanceof Error ? thrown.message : 'Something went wrong.';
  return sessionFailure('internal', message, { fault: 'ours', cause: thrown });
}

/** The same in words for a person who sees one text, which should be enough to act on. */
export function wordsOf(thrown: unknown): string {
  const { message, remedy } = failureOf(thrown);
  // The command for a sign-in is said by who knows it.
  return remedy?.do === 'say' ? `${message} (${remedy.text})` : message;
}

/** Errors that somebody else's `fetch` threw, and that are none of the network. */
const foreign = new WeakSet<object>();

/** Notes that whoever called shall get this very error: their `fetch` threw it. */
export function passOn<T extends Error>(error: T): T {
  foreign.add(error);
  return error;
}

/** What a caller gets: what their `fetch` threw as it was, and a `McpassError` for all else. */
export function reasonFor(thrown: unknown): Error {
  return thrown instanceof Error && foreign.has(thrown) ? thrown : failureOf(thrown);
}

/** Whether trouble is the host's own to see to, a sign-in above all: no other way of asking the server helps. */
export function isHosts(thrown: unknown): boolean {
  return thrown instanceof Error && (foreign.has(thrown) || findMcpassError(thrown)?.fault === 'yours');
}
