import { GREETING, nextGreeting, plain, type Authorizer, type Greeting } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { exitCodeOf } from '../exit.js';
import { asMcpassError } from '../failure.js';
import { openServer } from './server-access.js';
import { usesSignIn } from './server-state.js';

/** What a server says about a sign-in when it is asked; the JSON of `status --online` is this object. */
export interface OnlineState {
  readonly state: 'accepted' | 'none' | 'login_required' | 'forbidden' | 'unreachable' | 'trouble';
  /** HTTP status of the answer, where there was one. */
  readonly status?: number;
  /** One line. */
  readonly reason?: string;
}

export interface OnlineCheck {
  readonly online: OnlineState;
  readonly exitCode: ExitCode;
}

/** Milliseconds for the question, which may take two requests. */
const TIMEOUT_MS = 15_000;

/** Milliseconds for the end of a session. */
const END_MS = 2_000;

/** Asks with the stored sign-in, which may be renewed on the way. Never starts a sign-in. */
export async function checkOnline(deps: Deps, nameOrUrl: string): Promise<OnlineCheck> {
  const { server, authorizer } = openServer(deps, nameOrUrl);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const signal = AbortSignal.any([timeout, deps.signal]);
    const greet = async (greeting: Greeting) => {
      const response = await authorizer.fetch(server.settings.url, { ...greeting, signal });
      await response.body?.cancel();
      return response;
    };
    const greeted = await greet(GREETING);
    await endSession(greeted, authorizer, server.settings.url);
    const next = nextGreeting(greeted.status);
    const response = next === undefined ? greeted : await greet(next);
    if (response.ok && usesSignIn(server) && (await authorizer.record())?.grant === undefined) {
      await authorizer.noteWantsNone();
      return { online: { state: 'none', status: response.status }, exitCode: 0 };
    }
    return judgeStatus(response.status);
  } catch (thrown) {
    if (timeout.aborted) {
      const reason = `no answer within ${TIMEOUT_MS / 1000} seconds`;
      return { online: { state: 'unreachable', reason }, exitCode: 5 };
    }
    const error = asMcpassError(thrown);
    if (error.code === 'interrupted' || error.step === 'store') throw error;
    const exitCode = exitCodeOf(error.code);
    return { online: { state: STATES[exitCode] ?? 'trouble', reason: plain(error.message) }, exitCode };
  }
}

/** The greeting may have begun a session, which nobody will use (2025-11-25 transports, "Session Management"). */
async function endSession(greeted: Response, { fetch }: Authorizer, url: string): Promise<void> {
  const session = greeted.headers.get('mcp-session-id');
  if (session === null) return;
  const headers = { 'mcp-session-id': session };
  try {
    const answer = await fetch(url, { method: 'DELETE', headers, signal: AbortSignal.timeout(END_MS) });
    await answer.body?.cancel();
  } catch {
    // It was a courtesy: the answer to the question is known.
  }
}

const STATES: Partial<Record<ExitCode, OnlineState['state']>> = { 4: 'login_required', 5: 'unreachable' };

/** Pure. What a server makes of the greeting itself (400, 404, 405) does not matter: the token got past the guard. */
function judgeStatus(status: number): OnlineCheck {
  if (status === 403) {
    const reason = 'the server refuses this account or network, whatever the sign-in';
    return { online: { state: 'forbidden', status, reason }, exitCode: 3 };
  }
  if (status === 401) {
    return { online: { state: 'login_required', status, reason: 'the server wants a sign-in' }, exitCode: 4 };
  }
  if (status === 429 || status >= 500) {
    return { online: { state: 'trouble', status, reason: `the server answered ${status}` }, exitCode: 3 };
  }
  return { online: { state: 'accepted', status }, exitCode: 0 };
}
