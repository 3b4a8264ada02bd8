import type { AuthorizedHttp } from '../transport/authorized-http.js';
import { LiveSession, opened } from './live-session.js';
import type { SessionOptions } from './session-options.js';
import type { Session } from './session.js';

/** As `openSession`, over HTTP that is authorized already, in place of a `fetch`. */
export async function openSessionOver(
  http: AuthorizedHttp,
  options: Omit<SessionOptions, 'fetch'>,
): Promise<Session> {
  return await opened(new LiveSession(options, http));
}
