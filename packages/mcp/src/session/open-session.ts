import { LiveSession, opened } from './live-session.js';
import type { SessionOptions } from './session-options.js';
import type { Session } from './session.js';

/**
 * Greets the server, in whichever era it lives, and makes no request beyond that. Rejects with a `McpassError`. The session
 * must be closed.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  return await opened(new LiveSession(options, options.fetch));
}
