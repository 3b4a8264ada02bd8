import { plain } from '@mcpass/auth';
import type { ConfiguredServer } from '@mcpass/node/config';
import type { Deps } from '../deps.js';
import { type ExitCode, exitCodeOf } from '../exit.js';
import { asMcpassError } from '../failure.js';
import { openServer } from '../servers/server-access.js';
import { usesSignIn } from '../servers/server-state.js';
import { overAccess } from './server-session.js';

/** What a server says about a sign-in when it is asked; the JSON of `status --online` is this object. */
export interface OnlineState {
  readonly state: 'accepted' | 'none' | 'login_required' | 'forbidden' | 'unreachable' | 'trouble';
  /** HTTP status of the refusal, where there was one. */
  readonly status?: number;
  /** One line. */
  readonly reason?: string;
}

export interface OnlineCheck {
  readonly online: OnlineState;
  readonly exitCode: ExitCode;
}

/** Milliseconds until the server must have been greeted. */
const TIMEOUT_MS = 15_000;

/**
 * Greets the server with what is stored or configured, as every command does that works with it, so that it says the same.
 * A token may be renewed on the way. Never starts a sign-in.
 */
export async function checkOnline(deps: Deps, { name, settings }: ConfiguredServer): Promise<OnlineCheck> {
  const access = openServer(deps, name ?? settings.url, { settings });
  const { server, authorizer } = access;
  try {
    await overAccess(deps, access, { startupTimeoutMs: TIMEOUT_MS }, () => Promise.resolve());
    if (usesSignIn(server) && (await authorizer.record())?.grant === undefined) {
      await authorizer.noteWantsNone();
      return { online: { state: 'none' }, exitCode: 0 };
    }
    return { online: { state: 'accepted' }, exitCode: 0 };
  } catch (thrown) {
    const error = asMcpassError(thrown);
    if (error.code === 'interrupted' || error.step === 'store') throw error;
    const { status } = error.facts;
    const exitCode = exitCodeOf(error.code);
    const state = error.code === 'forbidden' ? 'forbidden' : (STATES[exitCode] ?? 'trouble');
    const reason = plain(error.message).replace(/\.$/, '');
    return { online: { state, ...(typeof status === 'number' && { status }), reason }, exitCode };
  }
}

const STATES: Partial<Record<ExitCode, OnlineState['state']>> = { 4: 'login_required', 5: 'unreachable' };
