import type { AuthorizedHttp } from '../transport/authorized-http.js';
import { LiveSession } from './live-session.js';
import type { SessionOptions } from './session-options.js';
import type { Session } from './session.js';

/**
 * Greets the server, in whichever era it lives, and makes no request beyond that. Rejects with a `McpassError`. The session
 * must be closed.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  return await opened(new LiveSession(options, options.fetch));
}

/** The same over HTTP that is authorized already, in place of a `fetch`. */
export async function openSessionOver(
  http: AuthorizedHttp,
  options: Omit<SessionOptions, 'fetch'>,
): Promise<Session> {
  return await opened(new LiveSession(options, http));
}

async function opened(session: LiveSession): Promise<Session> {
  try {
    await session.open();
    return session;
  } catch (thrown) {
    await session.close();
    throw thrown;
  }
}
