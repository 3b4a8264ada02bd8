import { emptyRecord, type CredentialRecord } from '../credential/record.js';
import { judgePause, pausedUntilS, pauseError, troubleError } from '../credential/pause.js';
import { isMcpassError, McpassError, withDetails } from '../errors.js';
import type { Store } from '../ports.js';
import type { SignInContext, SignInStart, SignInParts } from './context.js';
import { authorizationServer } from './steps/authorization-server.js';
import { challenge } from './steps/challenged-request.js';
import { ownClient } from './steps/client.js';
import { proofKey } from './steps/proof-key.js';
import { protectedResource } from './steps/protected-resource.js';
import { record } from './steps/saved-record.js';
import { scopes } from './steps/scopes.js';
import { unattendedToken } from './steps/unattended-token.js';
import { newSignIn, type SignInWanted } from './turn.js';
import { walk } from './walk.js';

/*
 * A sign-in that no person is needed for: the steps of any other, without the way through a browser.
 */
const OBTAIN = walk<SignInStart, SignInContext>()
  .step(challenge)
  .step(protectedResource)
  .step(authorizationServer)
  .step(proofKey)
  .step(scopes)
  .step(ownClient)
  .step(unattendedToken)
  .step(record);

/** All of it together, in milliseconds: less than the lock may be held. */
const LONGEST_MS = 40_000;

/**
 * Gets a token, or takes the one that another process has got meanwhile. One transaction from the first question to the
 * last write: of twenty processes that need a token at once, one asks. A failure that passes leaves a pause for the others.
 * Throws `McpassError`.
 */
export async function obtain(wanted: SignInWanted, parts: SignInParts): Promise<CredentialRecord> {
  const { key, ports } = parts;
  let failure: McpassError | undefined;
  const stored = await ports.store.update(key, async (current) => {
    const made = newSignIn(current, wanted, parts);
    if (made !== undefined) {
      parts.decide('credential', 'joined', { because: 'another process has got a token meanwhile' });
      return current;
    }
    const nowMs = ports.clock.now();
    const untilS = wanted.unasked ? pausedUntilS(current, nowMs) : undefined;
    if (untilS !== undefined && current?.lastRefresh !== undefined) {
      parts.decide('token', 'paused', { until: untilS });
      failure = pauseError(current.lastRefresh, untilS, nowMs, 'No token was to be had');
      return current;
    }
    const held = holdRecord(ports.store, current);
    try {
      await inTime(parts, (signal) =>
        OBTAIN.run({ ...wanted.start, previous: current }, contextOf(parts, held.store, signal)),
      );
      return held.record();
    } catch (error) {
      if (!isMcpassError(error)) throw error;
      const noted = withFailure(held.record(), error, parts);
      failure = noted.failure;
      return noted.record;
    }
  });
  if (failure !== undefined) throw failure;
  if (stored === undefined) throw new TypeError('a store must return the record that it wrote');
  return stored;
}

function contextOf(parts: SignInParts, store: Store, signal: AbortSignal): SignInContext {
  const deviations: string[] = [];
  return {
    ...parts,
    ports: { ...parts.ports, store },
    signal,
    deviations,
    deviate(step, id, text) {
      deviations.push(id);
      parts.deviate(step, id, text);
    },
    receive: () => Promise.reject(new TypeError('nobody is asked')),
  };
}

/** What is known of a failure afterwards: others ask again only when that may help. */
function withFailure(
  current: CredentialRecord | undefined,
  failed: McpassError,
  { key, ports, decide }: SignInParts,
): { readonly record: CredentialRecord | undefined; readonly failure: McpassError } {
  decide('token', 'failed', { code: failed.code, why: failed.message });
  // That nobody is wanted there is an answer, and it is noted already.
  if (failed.code === 'login_not_wanted' || failed.code === 'interrupted')
    return { record: current, failure: failed };
  const nowMs = ports.clock.now();
  const pause = judgePause(failed, current?.lastRefresh, nowMs);
  const lastRefresh = {
    atS: Math.floor(nowMs / 1000),
    outcome: 'failed' as const,
    detail: failed.message,
    ...pause,
  };
  return {
    record: { ...(current ?? emptyRecord(key)), lastRefresh },
    // Of what is stored nothing was lost, but there may be nothing.
    failure: withDetails(troubleError(failed, pause.nextAtS, nowMs), {
      facts: { kept: current?.grant !== undefined },
    }),
  };
}

/** The steps write to the record in hand; the transaction writes it to the store. */
function holdRecord(
  store: Store,
  current: CredentialRecord | undefined,
): { readonly store: Store; record(): CredentialRecord | undefined } {
  let held = current;
  return {
    record: () => held,
    store: {
      kind: store.kind,
      location: store.location,
      read: () => Promise.resolve(held),
      async update(_, change) {
        held = await change(held);
        return held;
      },
      list: () => store.list(),
    },
  };
}

async function inTime<T>(
  { ports, server, signal }: SignInParts,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const done = new AbortController();
  const abandon = () => end.abort(signal?.reason);
  signal?.addEventListener('abort', abandon, { once: true });
  if (signal?.aborted === true) abandon();
  void ports.clock.wait(LONGEST_MS, done.signal).then(
    () => end.abort(tooSlow(server)),
    () => undefined,
  );
  try {
    return await work(end.signal);
  } finally {
    done.abort();
    signal?.removeEventListener('abort', abandon);
  }
}

function tooSlow({ host }: URL): McpassError {
  const message = `No token for ${host} was to be had within ${LONGEST_MS / 1000} seconds.`;
  return new McpassError('timeout', message, { step: 'token', fault: 'network' });
}
