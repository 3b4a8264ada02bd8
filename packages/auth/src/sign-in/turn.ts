import { credentialState } from '../credential/state.js';
import { type ErrorCode, isMcpassError, McpassError } from '../errors.js';
import { fitsWish } from '../credential/fit.js';
import { type CredentialRecord, emptyRecord, type LastSignIn } from '../credential/record.js';
import { signInNeeded } from '../credential/pause.js';
import { isSameIssuer } from '../server/issuer.js';
import type { ServerSettings } from '../server/settings.js';
import { signIn } from './sign-in.js';
import type { SignInStart, SignInParts } from './context.js';

/* One sign-in at a time for a credential, among all who share its store. Who comes second takes what the first one
   achieved, or hears that the person gave up: nobody is asked the same question twice. */

export interface SignInWanted {
  readonly start: Omit<SignInStart, 'previous'>;
  /** The record that is not good enough, as the caller knows it. */
  readonly instead: CredentialRecord | undefined;
  /** True where no person asked for this sign-in by name. */
  readonly unasked: boolean;
}

/** How long no sign-in is begun unasked after a person gave one up, in seconds. */
const PAUSE_S = 600;

/**
 * Signs in, or returns what another process has signed in to meanwhile. Throws `McpassError`; `login_required` also when
 * the sign-in is unasked and a person has just given one up.
 */
export async function signInInTurn(wanted: SignInWanted, parts: SignInParts): Promise<CredentialRecord> {
  const { key, ports, signal, consentTimeoutMs: waitMs } = parts;
  let waited = false;
  const waiting = (is: boolean) => {
    waited = is;
    ports.observe({ type: 'consent', waiting: is });
  };
  const work = async () => {
    if (waited) waiting(false);
    const previous = await ports.store.read(key);
    const made = newSignIn(previous, wanted, parts);
    if (made !== undefined) {
      parts.decide('credential', 'joined', { because: 'another process signed in meanwhile' });
      return made;
    }
    checkGivenUp(previous?.lastSignIn, wanted, parts);
    let asked = false;
    try {
      return await signIn({ ...wanted.start, previous }, { ...parts, onConsent: () => (asked = true) });
    } catch (error) {
      if (asked && isMcpassError(error)) await note(error, wanted, parts);
      throw error;
    }
  };
  if (ports.turns === undefined) return work();
  try {
    return await ports.turns.run(key, work, { waitMs, signal, onWait: () => waiting(true) });
  } finally {
    if (waited) waiting(false);
  }
}

/** Pure. A refresh is none: it does not help against what the caller found wanting. */
export function newSignIn(
  record: CredentialRecord | undefined,
  { start, instead }: SignInWanted,
  { settings, ports }: SignInParts,
): CredentialRecord | undefined {
  const grant = record?.grant;
  if (record === undefined || grant === undefined || record.signInNeeded !== undefined) return undefined;
  const before = instead?.grant;
  const renewed = record?.lastRefresh !== undefined;
  const same =
    before?.signedInAtS === grant.signedInAtS &&
    (renewed || before.tokens.access.equals(grant.tokens.access));
  const state = credentialState(record, ports.clock.now());
  // A client that is to move is not content with where it was.
  if (start.clientMove !== undefined && !isSameIssuer(start.clientMove.to, grant.issuer)) return undefined;
  if (same || (state !== 'signed_in' && state !== 'expired')) return undefined;
  // More scopes than those of the settings; or, given for this sign-in, others.
  return fitsWish(record, start.scopes ?? start.alsoScopes, settings) ? record : undefined;
}

/** Pure. Throws when the person has just answered the question that would be put. */
function checkGivenUp(
  last: LastSignIn | undefined,
  { start, instead, unasked }: SignInWanted,
  { settings, ports }: SignInParts,
): void {
  if (last === undefined) return;
  const known = instead?.lastSignIn;
  // It was under way while this one waited; a no to another question is none to this one.
  const isNews = known?.atS !== last.atS || known.detail !== last.detail;
  if (isNews && last.wish === wishOf(start, settings)) {
    throw new McpassError(joinedCode(last.code), `The sign-in of another process ended: ${last.detail}`, {
      step: 'authorization',
      fault: 'yours',
      remedy: { do: 'sign_in' },
    });
  }
  const agoS = Math.floor(ports.clock.now() / 1000) - last.atS;
  if (unasked && last.outcome === 'given_up' && agoS >= 0 && agoS < PAUSE_S) {
    throw signInNeeded(`A sign-in was given up ${agoS} s ago, and none is begun unasked: ${last.detail}`);
  }
}

/** What a person is asked for, as text: equal where two sign-ins would put the same question. */
function wishOf({ scopes, alsoScopes }: SignInWanted['start'], settings: ServerSettings): string {
  const wanted = scopes ?? alsoScopes ?? settings.scopes ?? [];
  return JSON.stringify([wanted.toSorted(), settings.client?.id, settings.resource, settings.issuer]);
}

const GIVEN_UP: ReadonlySet<string> = new Set<ErrorCode>(['login_refused', 'login_timeout']);

function joinedCode(code: string): ErrorCode {
  return GIVEN_UP.has(code) ? (code as ErrorCode) : 'login_required';
}

/** Leaves a word for those who wait. Who was interrupted leaves none: the next one takes the turn and asks again. */
async function note(
  error: McpassError,
  { start }: SignInWanted,
  { key, ports, settings }: SignInParts,
): Promise<void> {
  if (error.code === 'interrupted') return;
  const lastSignIn: LastSignIn = {
    atS: Math.floor(ports.clock.now() / 1000),
    outcome: GIVEN_UP.has(error.code) ? 'given_up' : 'failed',
    code: error.code,
    detail: error.message,
    wish: wishOf(start, settings),
  };
  await ports.store
    .update(key, async (current) => ({ ...(current ?? emptyRecord(key)), lastSignIn }))
    // The sign-in has failed already, and its own reason is the one to tell.
    .catch(() => undefined);
}
