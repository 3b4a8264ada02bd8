import { refreshTokenGrantRequest } from 'oauth4webapi';

import { accessTokenLives, expiresAtMs, SHORTEST_USE_MS } from './credential-state.js';
import { isMcpassError, McpassError } from './errors.js';
import type { Fact } from './events.js';
import type { Ports } from './ports.js';
import type { CredentialRecord, Grant, LastRefresh, RecordKey, Tokens } from './record.js';
import type { Secret } from './secret.js';
import type { ServerSettings } from './settings.js';
import { toTokens } from './steps/record.js';
import { tokenFailure } from './token-failure.js';
import { requestTokens } from './token-request.js';
import type { Wire } from './wire.js';

/** Longest time before its expiry that a token is renewed, in milliseconds: for clocks and slow answers. */
const SKEW_MS = 30_000;

/** How long after the first attempt a refresh is sent again whose answer was lost, in milliseconds. */
const SOON_MS = 10_000;

/** From when on a token should be renewed before it is used, in milliseconds since the epoch; `Infinity`: not known. */
export function renewAtMs(tokens: Tokens): number {
  const { obtainedAtS, expiresAtS, refusedAtS } = tokens;
  if (refusedAtS !== undefined) return 0;
  if (expiresAtS === undefined) return Infinity;
  const lifetimeMs = Math.max(0, (expiresAtS - obtainedAtS) * 1000);
  // A quarter of a short life, so that a five-second token still works for most of it.
  const skewMs = Math.min(SKEW_MS, lifetimeMs / 4);
  return Math.max(expiresAtMs(tokens) - skewMs, obtainedAtS * 1000 + SHORTEST_USE_MS);
}

export interface RefreshParts {
  readonly key: RecordKey;
  readonly settings: ServerSettings;
  readonly wire: Wire;
  readonly ports: Pick<Ports, 'store' | 'clock'>;
  decide(step: 'refresh', what: string, facts: Readonly<Record<string, Fact>>): void;
  deviate(step: 'refresh', id: string, text: string): void;
}

/** The access token that a caller found wanting. */
export interface Wanting {
  readonly token: Secret;
  /** True when the server answered 401 to it; false when its time is about to run out. */
  readonly refused: boolean;
}

/**
 * A refresh is a transaction: under the record's lock it reads again, adopts what somebody else renewed, asks, and
 * stores before anybody uses the result. It takes no signal: once sent it is not cancelled, because the server may
 * have spent the refresh token.
 *
 * @param wanting Another token in the record is newer, and is adopted. Absent: whatever is there is renewed.
 * @returns the record with a token to use.
 * @throws `login_required` when only a person can help; `server_error`, `rate_limited`, a network error or
 * `answer_invalid` when it may work later: then everything was kept.
 */
export async function refresh(wanting: Wanting | undefined, parts: RefreshParts): Promise<CredentialRecord> {
  let failure: McpassError | undefined;
  const record = await parts.ports.store.update(parts.key, async (current) => {
    const grant = current?.grant;
    if (current === undefined || grant === undefined) {
      failure = signInNeeded('There is no sign-in for this server.');
      return current;
    }
    const same = wanting === undefined || grant.tokens.access.equals(wanting.token);
    if (!same && accessTokenLives(current, parts.ports.clock.now())) {
      parts.decide('refresh', 'adopted', { because: 'a newer token was stored meanwhile' });
      return current;
    }
    const known = same && wanting?.refused === true ? withRefusal(grant, parts) : grant;
    const outcome = await renew({ ...current, grant: known }, known, parts);
    failure = outcome.failure;
    return outcome.record;
  });
  if (failure !== undefined) throw failure;
  if (record === undefined) throw new TypeError('a store must return the record that it wrote');
  return record;
}

/** A token that got a 401 before its time is not offered again, whatever becomes of the refresh. */
function withRefusal(grant: Grant, { ports }: RefreshParts): Grant {
  return { ...grant, tokens: { ...grant.tokens, refusedAtS: Math.floor(ports.clock.now() / 1000) } };
}

interface Renewal {
  readonly record: CredentialRecord;
  readonly failure?: McpassError;
}

async function renew(current: CredentialRecord, grant: Grant, parts: RefreshParts): Promise<Renewal> {
  const { refresh: refreshToken } = grant.tokens;
  if (refreshToken === undefined || current.signInNeeded !== undefined) {
    const why = current.signInNeeded ?? 'no refresh token was given at the sign-in';
    parts.decide('refresh', 'skipped', { because: why });
    return { record: current, failure: signInNeeded(`The sign-in has expired (${why}).`) };
  }
  const nowMs = parts.ports.clock.now();
  const atS = Math.floor(nowMs / 1000);
  const ask = () =>
    requestTokens(
      {
        step: 'refresh',
        issuer: grant.issuer,
        tokenEndpoint: grant.endpoints.token,
        client: grant.client,
        // Exactly what the grant was made with: a new or a missing resource is refused, or changes the audience.
        resource: grant.resource,
        compose: (server, client, authentication, options) =>
          refreshTokenGrantRequest(server, client, authentication, refreshToken.reveal(), options),
      },
      parts,
    );
  try {
    const reply = await ask().catch((error: unknown) => {
      // The answer was lost, perhaps when the token was spent already: many servers take it again if it comes soon.
      const lost = isMcpassError(error) && error.code === 'connection_lost';
      if (!lost || parts.ports.clock.now() - nowMs > SOON_MS) throw error;
      return ask();
    });
    const failed = tokenFailure(reply, 'refresh', grant.issuer, nowMs);
    if (failed !== undefined) return refused(current, failed, atS, parts);
    if (reply.read.ok !== true) throw new TypeError('unreachable');
    const { answer, deviations } = reply.read;
    for (const { id, text } of deviations) parts.deviate('refresh', id, text);
    const receivedS = Math.floor(parts.ports.clock.now() / 1000);
    const tokens = toTokens(answer, receivedS, grant.tokens);
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
          tokens,
          client: reply.client,
          ...(answer.scopes !== undefined && { grantedScopes: answer.scopes }),
        },
        lastRefresh: { atS: receivedS, outcome: 'renewed' },
      },
    };
  } catch (error) {
    if (!isMcpassError(error)) throw error;
    return refused(current, error, atS, parts);
  }
}

/** What a failed refresh proves. Only a plain "this grant is over" ends a sign-in; trouble deletes nothing. */
function refused(current: CredentialRecord, failed: McpassError, atS: number, parts: RefreshParts): Renewal {
  parts.decide('refresh', 'failed', { code: failed.code, why: failed.message });
  const noted = (outcome: LastRefresh['outcome']): CredentialRecord => ({
    ...current,
    lastRefresh: { atS, outcome, detail: failed.message },
  });
  if (failed.code === 'client_rejected') {
    const why = 'the server no longer knows this client';
    return {
      record: { ...noted('client_refused'), signInNeeded: why },
      failure: signInNeeded(`The sign-in can no longer be renewed: ${failed.message}`, failed),
    };
  }
  if (failed.code === 'token_refused' && endsTheGrant(failed)) {
    const why = `the server refused the refresh (${String(failed.facts['error'])})`;
    return {
      record: { ...noted('refused'), signInNeeded: why },
      failure: signInNeeded(`The sign-in has expired: ${why}.`, failed),
    };
  }
  return { record: noted('failed'), failure: failed };
}

function endsTheGrant({ facts }: McpassError): boolean {
  return facts['error'] === 'invalid_grant';
}

export function signInNeeded(message: string, cause?: unknown): McpassError {
  return new McpassError('login_required', message, {
    step: 'credential',
    fault: 'yours',
    cause,
    remedy: { do: 'sign_in' },
  });
}
