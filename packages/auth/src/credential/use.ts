import { type Challenge, challengeOf } from '../oauth/challenge.js';
import { configuredHeaders } from '../server/configured-headers.js';
import { accessTokenLives } from './state.js';
import { type Credential, scopesOf } from './credential.js';
import { isMcpassError, McpassError } from '../errors.js';
import type { Clock } from '../ports.js';
import { quote } from '../text.js';
import type { CredentialRecord } from './record.js';
import { signInNeeded } from './pause.js';
import type { Secret } from '../secret.js';
import type { ServerSettings } from '../server/settings.js';

/* The two halves of the authorizing fetch, for transports that are not `fetch`: which headers a request gets, and what
   an answer means. One request and its repetitions are one exchange. */

/** What one request has been through. Begin with {@link FIRST}; hand on what a verdict returns. */
export interface Exchange {
  /** The access token that went with the last attempt. */
  readonly presented?: Secret;
  /** Times that this request was repeated because a token was refused. */
  readonly repeats: number;
  /** Times that more scopes were asked for on behalf of this request. */
  readonly stepUps: number;
}

export const FIRST: Exchange = { repeats: 0, stepUps: 0 };

export interface Attached {
  /** For this attempt only; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly exchange: Exchange;
}

export type Verdict =
  | { readonly action: 'pass' }
  /** Attach again and send the same request once more. */
  | { readonly action: 'resend'; readonly exchange: Exchange };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
}

export interface Halves {
  /** The headers for a request to `url`; none for another origin than the server's. Renews a token that is about to expire. */
  headersFor(url: URL, exchange: Exchange): Promise<Attached>;
  /**
   * What the answer to that request means. Throws `login_required`, `insufficient_scope` or `token_rejected` when it is
   * the end.
   */
  verdictOn(exchange: Exchange, answer: Answer): Promise<Verdict>;
}

/** Repetitions of one request for one reason or another. Reached only by a server that never keeps its word. */
const REPEAT_LIMIT = 4;
/** "No more than a few times" (MCP authorization, "Step-Up Authorization Flow"). */
const STEP_UP_LIMIT = 2;

export interface HalvesParts {
  readonly credential: Credential;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  /** Whether a needed sign-in may be started; otherwise the exchange ends with the reason. */
  readonly maySignIn: boolean;
  readonly signal?: AbortSignal | undefined;
}

export function createHalves(parts: HalvesParts): Halves {
  const { credential, settings, clock, maySignIn, signal } = parts;

  async function usable(): Promise<CredentialRecord | undefined> {
    try {
      const record = await credential.current();
      if (record?.grant === undefined || accessTokenLives(record, clock.now())) return record;
      if (maySignIn) return undefined;
      throw signInNeeded(`The sign-in has expired (${record.signInNeeded ?? 'no refresh token was given'}).`);
    } catch (error) {
      // The server is asked without a token: its challenge begins the new sign-in.
      if (maySignIn && isMcpassError(error) && error.code === 'login_required') return undefined;
      throw error;
    }
  }

  async function signInOr(
    error: () => McpassError,
    answer: Answer,
    challenge: Challenge | undefined,
    exchange: Exchange,
    instead: CredentialRecord | undefined,
    alsoScopes?: readonly string[],
  ): Promise<Verdict> {
    if (!maySignIn) throw error();
    const start = { answer: { status: answer.status, challenge }, ...(alsoScopes && { alsoScopes }) };
    await credential.signIn({ start, instead, unasked: true }, signal);
    return { action: 'resend', exchange };
  }

  async function onUnauthorized(exchange: Exchange, answer: Answer): Promise<Verdict> {
    const { presented } = exchange;
    const challenge = challengeOf(answer.headers);
    const again = { ...exchange, repeats: exchange.repeats + 1 };
    if (presented === undefined) {
      const needed = () => signInNeeded(`${credential.server.host} wants a sign-in.`);
      const newer = await credential.read();
      // Somebody else signed in while this request was under way.
      if (accessTokenLives(newer, clock.now()) && again.repeats === 1 && newer?.signInNeeded === undefined) {
        return { action: 'resend', exchange: again };
      }
      return signInOr(needed, answer, challenge, again, newer);
    }
    const record = await credential.read();
    const tokens = record?.grant?.tokens;
    if (tokens !== undefined && !tokens.access.equals(presented) && accessTokenLives(record, clock.now())) {
      return { action: 'resend', exchange: again };
    }
    const unproven = credential.unproven(presented);
    if (unproven === 'signed_in' && helped(exchange)) throw rejected(credential.server, challenge);
    // What a sign-in of this minute could not achieve, the next one cannot either.
    const hopeless = credential.signedInInVain() && (unproven === 'renewed' || tokens?.refresh === undefined);
    if (hopeless) throw rejected(credential.server, challenge);
    if (unproven === 'renewed') {
      // The grant behind the authorization server is dead: renewing again would bring another dead token.
      const dead = signInNeeded(`${credential.server.host} refuses a token that was renewed a moment ago.`);
      await credential.reject(presented, dead);
      return signInOr(() => dead, answer, challenge, again, record);
    }
    try {
      await credential.renew({ token: presented, refused: true });
      return { action: 'resend', exchange: again };
    } catch (error) {
      if (!maySignIn || !isMcpassError(error) || error.code !== 'login_required') throw error;
      return signInOr(() => error, answer, challenge, again, record);
    }
  }

  async function onInsufficientScope(
    exchange: Exchange,
    answer: Answer,
    challenge: Challenge,
  ): Promise<Verdict> {
    const record = await credential.read();
    const now = record?.grant?.tokens.access;
    if (exchange.presented !== undefined && now !== undefined && !now.equals(exchange.presented)) {
      return { action: 'resend', exchange: { ...exchange, repeats: exchange.repeats + 1 } };
    }
    const wanted = challenge.scopes ?? [];
    const granted = scopesOf(record);
    const missing = wanted.filter((scope) => !granted.includes(scope));
    const union = [...new Set([...(record?.grant?.requestedScopes ?? []), ...wanted])];
    credential.decide('scopes', 'step-up', { wanted, granted, missing, asking: union });
    // Asking again for what the token already has would only be refused again.
    const hopeless = missing.length === 0 || exchange.stepUps >= STEP_UP_LIMIT;
    if (hopeless) throw scopesMissing(credential.server, challenge, missing, undefined);
    const again = { ...exchange, stepUps: exchange.stepUps + 1 };
    const needed = () => scopesMissing(credential.server, challenge, missing, union);
    return signInOr(needed, answer, challenge, again, record, union);
  }

  return {
    async headersFor(url, exchange) {
      if (url.origin !== credential.server.origin) return { headers: {}, exchange };
      const headers = configuredHeaders(settings);
      const fixed = await fixedAuthorization(settings);
      if (fixed !== undefined) return { headers: { ...headers, ...fixed }, exchange };
      const access = (await usable())?.grant?.tokens.access;
      if (access === undefined) {
        const { presented: _, ...anonymous } = exchange;
        return { headers, exchange: anonymous };
      }
      return {
        headers: { ...headers, authorization: `Bearer ${access.reveal()}` },
        exchange: { ...exchange, presented: access },
      };
    },

    async verdictOn(exchange, answer) {
      if (answer.status !== 401 && answer.status !== 403) {
        if (exchange.presented !== undefined) credential.worked(exchange.presented, helped(exchange));
        return { action: 'pass' };
      }
      if (settings.auth === 'none') return { action: 'pass' };
      if (usesFixedAuthorization(settings)) {
        if (answer.status === 403) return { action: 'pass' };
        throw fixedRejected(credential.server);
      }
      if (exchange.repeats >= REPEAT_LIMIT) throw rejected(credential.server, challengeOf(answer.headers));
      const challenge = challengeOf(answer.headers);
      if (exchange.presented !== undefined && challenge?.error === 'insufficient_scope') {
        return onInsufficientScope(exchange, answer, challenge);
      }
      // A 403 of any other kind is a plain no: a firewall, a policy. No sign-in would change it.
      return answer.status === 401 ? onUnauthorized(exchange, answer) : { action: 'pass' };
    },
  };
}

/** True for a request that was refused before and sent again with something better. */
function helped({ repeats, stepUps }: Exchange): boolean {
  return repeats > 0 || stepUps > 0;
}

/** True when configuration, not OAuth, says how requests are authorized. */
export function usesFixedAuthorization(settings: ServerSettings): boolean {
  const { auth = 'auto', bearerToken } = settings;
  if (auth === 'none' || auth === 'oauth') return auth === 'none';
  return auth === 'bearer' || bearerToken !== undefined || 'authorization' in configuredHeaders(settings);
}

async function fixedAuthorization(settings: ServerSettings): Promise<Record<string, string> | undefined> {
  if (!usesFixedAuthorization(settings)) return undefined;
  if (settings.auth === 'none' || settings.bearerToken === undefined) return {};
  return { authorization: `Bearer ${(await settings.bearerToken()).reveal()}` };
}

function rejected(server: URL, challenge: Challenge | undefined): McpassError {
  const said = challenge?.errorDescription ?? challenge?.error;
  return new McpassError(
    'token_rejected',
    `${server.host} refuses a token that was issued for it a moment ago${said === undefined ? '' : `: ${quote(said)}`}.`,
    {
      step: 'session',
      fault: 'server',
      remedy: {
        do: 'say',
        text: 'the token may be for another audience: compare oauth_resource with what the server expects',
      },
    },
  );
}

function fixedRejected(server: URL): McpassError {
  return new McpassError(
    'token_rejected',
    `${server.host} refuses the token or header that is configured for it.`,
    {
      step: 'credential',
      fault: 'yours',
      remedy: {
        do: 'say',
        text: 'replace the token where it comes from, or remove it to sign in with a browser',
      },
    },
  );
}

function scopesMissing(
  server: URL,
  challenge: Challenge,
  missing: readonly string[],
  union: readonly string[] | undefined,
): McpassError {
  const said = challenge.errorDescription === undefined ? '' : ` ${quote(challenge.errorDescription)}.`;
  const which =
    missing.length > 0
      ? `needs more than was granted: ${missing.map((scope) => quote(scope, 80)).join(', ')}.`
      : 'says that the scopes are not enough, and asks for none that were not granted.';
  return new McpassError('insufficient_scope', `${server.host} ${which}${said}`, {
    step: 'scopes',
    fault: union === undefined ? 'server' : 'yours',
    facts: { missing },
    ...(union !== undefined && { remedy: { do: 'sign_in', scopes: union } }),
  });
}
