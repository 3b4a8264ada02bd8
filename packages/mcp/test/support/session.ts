import { openSession, type Notice, type Session, type SessionOptions } from '../../src/index.js';
import type { ScriptedServer } from './scripted-server.js';

export interface TestSession extends AsyncDisposable {
  readonly session: Session;
  readonly notices: Notice[];
}

/** Opens a session that notes its notices. */
export async function openTestSession(
  server: ScriptedServer,
  options: Partial<SessionOptions> = {},
): Promise<TestSession> {
  const notices: Notice[] = [];
  const session = await openSession({
    url: server.url,
    fetch,
    clientInfo: { name: 'test', version: '1' },
    startupTimeoutMs: 60_000,
    requestTimeoutMs: 60_000,
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  return {
    session,
    notices,
    async [Symbol.asyncDispose]() {
      await session.close();
    },
  };
}

/** What the promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => {
      throw new Error('It did not reject.');
    },
    (error: unknown) => error,
  );
}
