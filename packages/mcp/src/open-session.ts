import { Link } from './link.js';
import { LiveSession } from './live-session.js';
import type { SessionOptions } from './session-options.js';
import type { Session } from './session.js';
import type { ToolBook } from './tool-book.js';

/**
 * Greets the server, in whichever era it lives, and makes no request beyond that. Rejects with a `SessionError`, or
 * with what the given `fetch` threw, unchanged. The session must be closed.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const tools: { book?: ToolBook } = {};
  const link = new Link(options, () => {
    delete tools.book;
  });
  await link.open();
  return new LiveSession(link, options, tools);
}
