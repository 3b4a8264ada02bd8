import { refreshTokenGrantRequest } from 'oauth4webapi';

import { accessTokenLives, clockWasSetBack, expiresAtMs, SHORTEST_USE_MS, skewMs } from './state.js';
import { type ErrorCode, isMcpassError, type McpassError, type Step, withDetails } from '../errors.js';
import type { Fact } from '../events.js';
import type { Ports } from '../ports.js';
import type { CredentialRecord, Endpoints, Grant, LastRefresh, RecordKey, Tokens } from './record.js';
import { withRefusal } from './doubt.js';
import { judgePause, pausedUntilS, pauseError, signInNeeded, troubleError } from './pause.js';
import { noToken, signInOver, whyNotRenewable } from './refusal-errors.js';
import type { Secret } from '../secret.js';
import type { ServerSettings } from '../server/settings.js';
import { toTokens } from '../sign-in/steps/saved-record.js';
import { tokenFailure } from '../oauth/token-failure.js';
import { identityIn } from '../oauth/id-token.js';
import { askWhereItIs } from '../oauth/token-endpoint.js';
import { requestTokens, type TokenRequest } from '../oauth/token-request.js';
import { composeUnattended } from '../oauth/unattended-request.js';
import type { Wire } from '../oauth/wire.js';

/** From when on a token should be renewed before it is used, in milliseconds since the epoch; `Infinity`: not known. */
export function renewAtMs(tokens: Tokens): number {
  const { obtainedAtS, expiresAtS, refusedAtS } = tokens;
  if (refusedAtS !== undefined) return 0;
  if (expiresAtS === undefined) return Infinity;
  return Math.max(expiresAtMs(tokens) - skewMs(tokens), obtainedAtS * 1000 + SHORTEST_USE_MS);
}

/** Whether a token should be renewed before it is used. A refresh also puts right what a clock has made of its times. */
export function wantsRenewal(tokens: Tokens, nowMs: number): boolean {
  return nowMs >= renewAtMs(tokens) || clockWasSetBack(tokens, nowMs);
}

export interface RefreshParts {
  readonly key: RecordKey;
  readonly settings: ServerSettings;
  readonly server: URL;
  readonly wire: Wire;
  readonly ports: Pick<Ports, 'store' | 'clients' | 'clock'>;
  decide(step: Step, what: string, facts: Readonly<Record<string, Fact>>): void;
  deviate(step: Step, id: string, text: string): void;
}

/** The access token that a caller found wanting. */
export interface Wanting {
  readonly token: Secret;
  /** True when the server answered 401 to it and nothing speaks for it: it is marked, whatever becomes of the refresh. */
  readonly refused: boolean;
}

/** Times that a transaction is begun again because somebody else changed the record in the middle of it. */
const ROUNDS = 2;

/**
 * A refresh is a transaction: under the record's lock it reads again, adopts what somebody else renewed, asks, and
 * stores before anybody uses the result. It takes no signal: once sent it is not cancelled, because the server may
 * have spent the refresh token.
 *
 * @param wanting Another token in the record is newer, and is adopted. Absent: whatever is there is renewed, also
 * while the server should be left alone.
 * @returns the record with a token to use.
 * @throws `login_required` when only a person can help; `server_error`, `rate_limited`, a network error or
 * `answer_invalid` when it may work later: then everything was kept, as the fact `kept` says. An error of the store has
 * the fact `spent`: whether the refresh token may have been used up by then.
 */
export async function refresh(wanting: Wanting | undefined, parts: RefreshParts): Promise<CredentialRecord> {
  for (let round = 1; ; round += 1) {
    const { record, failure, adopted } = await transact(wanting, parts);
    if (adopted !== undefined && accessTokenLives(adopted, parts.ports.clock.now())) return adopted;
    if (adopted !== undefined && round < ROUNDS) continue;
    if (failure !== undefined) throw failure;
    if (record === undefined) throw new TypeError('a store must return the record that it wrote');
    return record;
  }
}

/** How a transaction ended. What is not told in `failure` or `adopted` is in `record`. */
interface Renewal {
  readonly record: CredentialRecord | undefined;
  readonly failure?: McpassError | undefined;
  /** What another process stored during the transaction, although it had no right to. */
  readonly adopted?: CredentialRecord | undefined;
}

async function transact(wanting: Wanting | undefined, parts: RefreshParts): Promise<Renewal> {
  const { store, clock } = parts.ports;
  let outcome: Renewal | undefined;
  let sent = false;
  try {
    const record = await store.update(parts.key, async (current, hold) => {
      const grant = current?.grant;
      if (current === undefined || grant === undefined) {
        outcome = { record: current, failure: noToken(current) };
        return current;
      }
      const same = wanting === undefined || grant.tokens.access.equals(wanting.token);
      if (!same && accessTokenLives(current, clock.now())) {
        parts.decide('refresh', 'adopted', { because: 'a newer token was stored meanwhile' });
        return current;
      }
      const known = same && wanting?.refused === true ? withRefusal(current, grant, clock.now()) : current;
      const untilS = wanting === undefined ? undefined : pausedUntilS(current, clock.now());
      if (untilS !== undefined && current.lastRefresh !== undefined) {
        parts.decide('refresh', 'paused', { until: untilS });
        outcome = { record: known, failure: pauseError(current.lastRefresh, untilS, clock.now()) };
        return known;
      }
      outcome = await renew(known, grant, parts, async () => {
        await hold?.confirm();
        sent = true;
      });
      // What somebody else has stored must not be written over.
      return outcome.adopted === undefined ? outcome.record : current;
    });
    return { ...outcome, record };
  } catch (error) {
    throw isMcpassError(error) ? unstoredError(error, sent && mayHaveSpent(outcome?.failure)) : error;
  }
}

/** After a failure without an answer nobody knows what the server did; after any other it has given out nothing. */
function mayHaveSpent(failure: McpassError | undefined): boolean {
  return failure === undefined || UNANSWERED.has(failure.code);
}

const UNANSWERED: ReadonlySet<ErrorCode> = new Set(['connection_lost', 'timeout']);

/** The error of a store, with what it means for the sign-in. */
function unstoredError(error: McpassError, spent: boolean): McpassError {
  if (!spent) return withDetails(error, { facts: { spent } });
  return withDetails(error, {
    message: `${error.message} The server had been asked for a new token by then, and its answer could not be kept: a new sign-in may be needed.`,
    facts: { spent },
  });
}

async function renew(
  current: CredentialRecord,
  grant: Grant,
  parts: RefreshParts,
  beforeSending: () => Promise<void>,
): Promise<Renewal> {
  const compose = composeRenewal(grant, parts);
  if (compose === undefined || current.signInNeeded !== undefined) {
    parts.decide('refresh', 'skipped', { because: whyNotRenewable(current) });
    return { record: current, failure: notRenewable(current, parts.ports.clock.now()) };
  }
  const nowMs = parts.ports.clock.now();
  const ask = (endpoints: Endpoints) =>
    requestTokens(
      {
        step: 'refresh',
        issuer: grant.issuer,
        tokenEndpoint: endpoints.token,
        client: grant.client,
        // A refresh token is bound to the same key (RFC 9449 section 5).
        proofKey: grant.dpopKey,
        // Exactly what the grant was made with: a new or a missing resource is refused, or changes the audience.
        resource: grant.resource,
        compose: async (...request) => {
          await beforeSending();
          return compose(...request);
        },
      },
      parts,
    );
  try {
    const { reply, endpoints } = await askWhereItIs(ask, grant, parts);
    const failed = tokenFailure(reply, 'refresh', grant.issuer, parts.ports.clock.now(), parts.settings);
    if (failed !== undefined) return await refused(current, failed, nowMs, parts);
    if (reply.read.ok !== true) throw new TypeError('unreachable');
    const { answer, deviations } = reply.read;
    for (const { id, text } of deviations) parts.deviate('refresh', id, text);
    const receivedS = Math.floor(parts.ports.clock.now() / 1000);
    const tokens = toTokens(answer, receivedS, grant.tokens);
    const identity = identityIn(
      answer,
      {
        issuer: grant.issuer,
        clientId: grant.client.id,
        earlier: grant.identity,
        nowMs: parts.ports.clock.now(),
      },
      ({ id, text }) => parts.deviate('refresh', id, text),
    );
    parts.decide('refresh', 'token', {
      refresh_token: answer.refresh === undefined ? 'none came; the earlier one is kept' : 'came',
      expires_in: answer.expiresInS ?? 'not said',
    });
    const { signInNeeded: _, ...kept } = current;
    return {
      record: {
        ...kept,
        grant: {
          ...grant,
          endpoints,
          tokens,
          ...(identity !== undefined && { identity }),
          client: reply.client,
          ...(answer.scopes !== undefined && { grantedScopes: answer.scopes }),
        },
        lastRefresh: { atS: receivedS, outcome: 'renewed' },
      },
    };
  } catch (error) {
    // Trouble of the store says nothing about the grant.
    if (!isMcpassError(error) || error.step === 'store') throw error;
    return refused(current, error, nowMs, parts);
  }
}

/** What brings another token; undefined where only a person can. A grant that needs none is asked for anew, each time. */
function composeRenewal(
  { type, tokens, requestedScopes: scopes, grantedScopes: granted }: Grant,
  parts: RefreshParts,
): TokenRequest['compose'] | undefined {
  const { refresh } = tokens;
  const { settings } = parts;
  if (type !== undefined) return composeUnattended({ type, scopes, context: parts });
  if (refresh === undefined) return undefined;
  return (server, client, authentication, options) => {
    const parameters = new URLSearchParams(options.additionalParameters as URLSearchParams);
    if (settings.refreshScope !== undefined) parameters.set('scope', (granted ?? scopes).join(' '));
    return refreshTokenGrantRequest(server, client, authentication, refresh.reveal(), {
      ...options,
      additionalParameters: parameters,
    });
  };
}

/** A token that lives needs no sign-in yet: what cannot be had is another one. */
function notRenewable(current: CredentialRecord, nowMs: number): McpassError {
  if (!accessTokenLives(current, nowMs)) return signInOver(current, nowMs);
  const endsAtS = current.grant?.tokens.expiresAtS;
  const until =
    endsAtS === undefined ? 'nobody says until when it is valid' : `valid until ${isoTime(endsAtS)}`;
  return withDetails(signInNeeded(`The sign-in cannot be renewed (${whyNotRenewable(current)}); ${until}.`), {
    remedy: { do: 'sign_in', force: true },
    ...(endsAtS !== undefined && { facts: { validUntilS: endsAtS } }),
  });
}

function isoTime(epochS: number): string {
  return new Date(epochS * 1000).toISOString().replace('.000Z', 'Z');
}

/** What a failed refresh proves. Only a plain "this grant is over" ends a sign-in; trouble deletes nothing. */
async function refused(
  current: CredentialRecord,
  failed: McpassError,
  beganMs: number,
  parts: RefreshParts,
): Promise<Renewal> {
  parts.decide('refresh', 'failed', { code: failed.code, why: failed.message });
  const noted = (outcome: LastRefresh['outcome'], more: Partial<LastRefresh> = {}): CredentialRecord => ({
    ...current,
    lastRefresh: { atS: Math.floor(beganMs / 1000), outcome, detail: failed.message, ...more },
  });
  // Nothing is over that can be begun anew without a person.
  const mayEnd = current.grant?.type === undefined;
  // A client that somebody brought is mended in the configuration, and then the refresh token works again.
  if (mayEnd && failed.code === 'client_rejected' && failed.fault !== 'yours') {
    const why = 'the server no longer knows this client';
    return {
      record: { ...noted('client_refused'), signInNeeded: why },
      failure: signInNeeded(`The sign-in can no longer be renewed: ${failed.message}`, failed),
    };
  }
  if (mayEnd && failed.code === 'token_refused' && endsTheGrant(failed)) {
    const newer = await newerRecord(current, parts);
    if (newer !== undefined) {
      parts.decide('refresh', 'adopted', { because: 'another process renewed during this refresh' });
      return { record: current, failure: failed, adopted: newer };
    }
    const why = `the server refused the refresh (${String(failed.facts['error'])})`;
    return {
      record: { ...noted('refused'), signInNeeded: why },
      failure: signInNeeded(`The sign-in has expired: ${why}.`, failed),
    };
  }
  const nowMs = parts.ports.clock.now();
  const pause = judgePause(failed, current.lastRefresh, nowMs);
  return { record: noted('failed', pause), failure: troubleError(failed, pause.nextAtS, nowMs) };
}

/**
 * What somebody stored although the lock was ours: after a long sleep of this machine, or where files cannot be locked.
 * The refresh token was refused because that one had used it.
 */
async function newerRecord(
  current: CredentialRecord,
  { ports, key }: RefreshParts,
): Promise<CredentialRecord | undefined> {
  const sent = current.grant?.tokens.refresh;
  const stored = await ports.store.read(key).catch(() => undefined);
  const other = stored?.grant?.tokens.refresh;
  return sent !== undefined && other !== undefined && !other.equals(sent) ? stored : undefined;
}

/** RFC 6749 section 5.2, and what GitHub and Slack say in its place. */
const GRANT_OVER: ReadonlySet<unknown> = new Set([
  'invalid_grant',
  'bad_refresh_token',
  'invalid_refresh_token',
]);

function endsTheGrant({ facts }: McpassError): boolean {
  return GRANT_OVER.has(facts['error']);
}
