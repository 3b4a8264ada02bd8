import { type Challenge, challengeOf } from '../oauth/challenge.js';
import { configuredHeaders, credentialHeaders } from '../server/configured-headers.js';
import { accessTokenLives, credentialState, hasRenewal, mayBeOffered } from './state.js';
import { type Credential, scopesOf } from './credential.js';
import { isDoubted, wasRenewedInVain } from './doubt.js';
import { isMcpassError, type McpassError } from '../errors.js';
import type { Clock } from '../ports.js';
import { type CredentialRecord, emptyRecord, type StrangerRefused } from './record.js';
import { doubtError, rejectedUntilS, signInNeeded } from './pause.js';
import type { Secret } from '../secret.js';
import type { ServerSettings } from '../server/settings.js';
import {
  configurationRefused,
  proofRefused,
  saidIn,
  scopesMissing,
  signInOver,
  tokenRejected,
} from './refusal-errors.js';
import { isUnattended } from '../server/grant-type.js';
import { isSameServer } from '../server/redirect.js';
import { signInMode } from '../server/sign-in-mode.js';
import { blamesSession, judgeUnauthorized, type Purpose, REPEAT_LIMIT, wordsDecide } from './unauthorized.js';

/* The two halves of the authorizing fetch, for transports that are not `fetch`: which headers a request gets, and what
   an answer means. One request and its repetitions are one exchange. */

/** What one request has been through. Begin with {@link NEW_EXCHANGE}; hand on what a verdict returns. */
export interface Exchange {
  /** The access token that went with the last attempt. */
  readonly presented?: Secret;
  /** The configured token that went with the last attempt, in place of one of a sign-in. */
  readonly configured?: Secret;
  /** The record says something against that token: an accepted request is news to others. */
  readonly doubted?: true;
  /** Times that this request was repeated because a token was refused. */
  readonly repeats: number;
  /** Times that it was repeated with another proof of possession. */
  readonly proofs?: number;
  /** What the proof of the last attempt was made with; absent where there was none. */
  readonly proved?: string;
  /** Times that more scopes were asked for on behalf of this request. */
  readonly stepUps: number;
}

export const NEW_EXCHANGE: Exchange = { repeats: 0, stepUps: 0 };

/** Attempts that a transport makes for one request; the verdicts end it earlier with a reason. */
export const ATTEMPT_LIMIT = 8;

export interface Attached {
  /** For this attempt only; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly exchange: Exchange;
}

export type Verdict =
  | { readonly action: 'pass' }
  /** The server has forgotten the session that the request named. Nothing is wrong with the credential. */
  | { readonly action: 'session_lost' }
  /** Attach again and send the same request once more. */
  | { readonly action: 'resend'; readonly exchange: Exchange };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The request named a session (`mcp-session-id`), and its sender can begin another one. */
  readonly inSession?: boolean;
  /** What the request was for; `call` when absent. */
  readonly purpose?: Purpose;
  /** The beginning of the body. Called only where the words may decide what the answer means. */
  readonly words?: () => Promise<string>;
}

/** The authorization of requests to one server. */
export interface RequestAuthorization {
  /**
   * The headers for one request to `url` with that `method`; none for another origin than the server's. Renews a token that is
   * about to expire. A request that is sent on, by a redirect too, needs its own (RFC 9449 section 4.2).
   */
  headersFor(url: URL, exchange: Exchange, method: string): Promise<Attached>;
  /**
   * What the answer to that request means. Throws `login_required`, `insufficient_scope` or `token_rejected` when it is
   * the end.
   */
  verdictOn(exchange: Exchange, answer: Answer): Promise<Verdict>;
}

/** Proofs that are made for one request because another was refused: for a nonce, for the clock, for a nonce that is over. */
const PROOF_LIMIT = 3;
/** "No more than a few times" (MCP authorization, "Step-Up Authorization Flow"). */
const STEP_UP_LIMIT = 2;

export interface RequestAuthorizationParts {
  readonly credential: Credential;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  /** Whether a person may be asked to sign in where that is needed; otherwise the exchange ends with the reason. */
  readonly maySignIn: boolean;
  readonly signal?: AbortSignal | undefined;
}

export function createRequestAuthorization(parts: RequestAuthorizationParts): RequestAuthorization {
  const { credential, settings, clock, signal } = parts;
  const unattended = isUnattended(settings);
  const mayAsk = parts.maySignIn && !unattended;
  const maySignIn = mayAsk || unattended;
  const { host } = credential.server;
  const mode = signInMode(settings);

  async function usable(): Promise<CredentialRecord | undefined> {
    try {
      const record = await credential.current();
      const nowMs = clock.now();
      if (record?.grant === undefined || mayBeOffered(record, nowMs)) return record;
      // Renewed for this very request, and over by the time that it was stored: the server decides.
      if (credentialState(record, nowMs) === 'expired') return record;
      if (maySignIn) return undefined;
      throw signInOver(record, nowMs);
    } catch (error) {
      // The server is asked without a token: its challenge begins the new sign-in.
      if (maySignIn && isLoginRequired(error)) return undefined;
      throw error;
    }
  }

  /** Signs in where that is allowed; `instead` is the record that is not good enough. */
  async function signInOr(
    error: McpassError,
    answer: Answer,
    again: Exchange,
    instead: CredentialRecord | undefined,
    alsoScopes?: readonly string[],
  ): Promise<Verdict> {
    if (!maySignIn) throw error;
    const challenged = { status: answer.status, challenge: challengeOf(answer.headers) };
    const start = { answer: challenged, ...(alsoScopes && { alsoScopes }) };
    await credential.signIn({ start, instead, unasked: true }, signal);
    return { action: 'resend', exchange: again };
  }

  /** A server that lets strangers in wants a sign-in after all: one that begins with another request has to know. */
  async function noteRefusal(challenge: Challenge | undefined): Promise<void> {
    const { key, ports } = credential;
    const { resourceMetadata, scopes, dpop } = challenge ?? {};
    const strangerRefused: StrangerRefused = {
      ...(resourceMetadata !== undefined && { resourceMetadata }),
      ...(scopes !== undefined && { scopes }),
      ...(dpop !== undefined && { dpop }),
    };
    await ports.store
      .update(key, async (current) => {
        const { wantsNoneAtS: _, ...rest } = current ?? emptyRecord(key);
        return { ...rest, strangerRefused };
      })
      // The refusal itself is the news.
      .catch(() => undefined);
  }

  /** A server that says where to sign in means that; one that says nothing means what it was given. */
  function strangerRefused(challenge: Challenge | undefined): McpassError {
    const [header] = credentialHeaders(settings);
    const saysWhere = challenge?.resourceMetadata !== undefined || challenge?.scopes !== undefined;
    if (header !== undefined && !saysWhere) return configurationRefused(host, header, settings);
    return signInNeeded(`${host} wants a sign-in.`);
  }

  /** Whoever brings the configured token may have another one by now. Asked once for a request. */
  async function hasNewerConfigured({ configured, repeats }: Exchange): Promise<boolean> {
    if (configured === undefined || repeats > 0) return false;
    return (await settings.bearerToken?.(configured))?.equals(configured) === false;
  }

  async function onUnauthorized(exchange: Exchange, answer: Answer): Promise<Verdict> {
    const { presented, repeats } = exchange;
    const { purpose = 'call' } = answer;
    const { evidence } = credential;
    const challenge = challengeOf(answer.headers);
    const sessionBlamed = await isSessionBlamed(answer);
    const again = { ...exchange, repeats: repeats + 1 };
    if (!sessionBlamed && purpose !== 'farewell' && (await hasNewerConfigured(exchange)))
      return { action: 'resend', exchange: again };
    // A store that cannot be read is no trouble of a request that needs none.
    const record = mode === 'oauth' && !sessionBlamed ? await credential.read() : undefined;
    const tokens = record?.grant?.tokens;
    const isOther = presented === undefined || tokens?.access.equals(presented) === false;
    const lifeSign = evidence.lifeSign();
    const meaning = judgeUnauthorized({
      mode,
      purpose,
      sessionBlamed,
      error: challenge?.error,
      presented: presented !== undefined,
      newerStored: isOther && accessTokenLives(record, clock.now()),
      stored: tokens !== undefined,
      // What was got by itself a moment ago is no better for being got again.
      renewable: hasRenewal(record?.grant) && !(unattended && evidence.signedInInVain()),
      unproven: presented && evidence.unproven(presented),
      proven:
        presented !== undefined &&
        (evidence.isProven(presented) || (!isOther && tokens?.acceptedAtS !== undefined)),
      lifeSign,
      renewedInVain: wasRenewedInVain(record, clock.now()),
      maySignIn: mayAsk,
      signedInInVain: evidence.signedInInVain(),
      repeats,
      helped: helped(exchange),
    });
    switch (meaning) {
      case 'pass':
      case 'session_lost':
        return { action: meaning };
      case 'configuration_refused':
        throw configurationRefused(host, mode === 'header' ? 'Authorization' : undefined, settings);
      case 'token_rejected':
        throw tokenRejected(host, challenge, settings.resource);
      case 'scopes_missing':
        return stepUp(exchange, answer, challenge);
      case 'resend':
        return { action: 'resend', exchange: again };
      case 'sign_in':
        if (lifeSign !== 'none' || record?.wantsNoneAtS !== undefined) await noteRefusal(challenge);
        return signInOr(strangerRefused(challenge), answer, again, record);
      case 'renewed_in_vain':
        if (presented !== undefined) await credential.renewedInVain(presented);
        return { action: 'pass' };
      case 'in_doubt': {
        const why = signInNeeded(
          `${host} refuses a token that was renewed a moment ago${saidIn(challenge)}.`,
        );
        const nowMs = clock.now();
        if (presented !== undefined) await credential.reject(presented, why);
        const doubt = doubtError(why.message, rejectedUntilS(nowMs), nowMs);
        if (!mayAsk) throw doubt;
        return signInOr(doubt, answer, again, record);
      }
      case 'renew': {
        const concernsRequest = lifeSign === 'recent';
        try {
          await credential.renew(presented && { token: presented, refused: !concernsRequest });
          return { action: 'resend', exchange: again };
        } catch (error) {
          const isOver = isLoginRequired(error);
          const isKept = isMcpassError(error) && error.facts['kept'] === true;
          // What keeps the renewal back keeps nobody from using a token that works for others.
          if (isKept && (concernsRequest || purpose === 'stream')) return { action: 'pass' };
          if (isOver) return signInOr(error, answer, again, record);
          throw error;
        }
      }
    }
  }

  /** Learns from the answer to a request with a proof. A proof that was refused says nothing about the token or the sign-in. */
  function judgeProof(
    exchange: Exchange,
    { status, headers, purpose = 'call' }: Answer,
  ): Verdict | undefined {
    const { proofs: maker, server } = credential;
    maker.learn(server, headers);
    if (status !== 401) return undefined;
    const challenge = challengeOf(headers);
    const { error } = challenge ?? {};
    if (error !== 'use_dpop_nonce' && error !== 'invalid_dpop_proof') return undefined;
    const { proofs = 0, proved } = exchange;
    // Another request may have learnt it first.
    const isHopeless = maker.basis(server) === proved || proofs >= PROOF_LIMIT;
    if (isHopeless && purpose !== 'call') return { action: 'pass' };
    if (isHopeless) throw proofRefused(host, challenge);
    return { action: 'resend', exchange: { ...exchange, proofs: proofs + 1 } };
  }

  /** MCP authorization, "Step-Up Authorization Flow". */
  async function stepUp(exchange: Exchange, answer: Answer, challenge: Challenge = {}): Promise<Verdict> {
    if (exchange.repeats >= REPEAT_LIMIT) throw tokenRejected(host, challenge, settings.resource);
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
    if (hopeless) throw scopesMissing(host, challenge, missing, undefined);
    const again = { ...exchange, stepUps: exchange.stepUps + 1 };
    return signInOr(scopesMissing(host, challenge, missing, union), answer, again, record, union);
  }

  return {
    async headersFor(url, exchange, method) {
      if (!isSameServer(url, credential.server)) return { headers: {}, exchange };
      const headers = configuredHeaders(settings);
      if (mode !== 'oauth') {
        const token = mode === 'bearer' ? await settings.bearerToken?.() : undefined;
        if (token === undefined) return { headers, exchange };
        return {
          headers: { ...headers, authorization: bearer(token) },
          exchange: { ...exchange, configured: token },
        };
      }
      const record = await usable();
      const { tokens, dpopKey } = record?.grant ?? {};
      if (tokens === undefined) return { headers, exchange: withoutToken(exchange) };
      const accessToken = tokens.access;
      const isBound = tokens.type === 'DPoP' && dpopKey !== undefined;
      // Before the proof: what is learnt while it is made is in the next one.
      const proved = isBound ? credential.proofs.basis(credential.server) : undefined;
      const proof = isBound && (await credential.proofs.proof(dpopKey, { method, url, accessToken }));
      return {
        headers: {
          ...headers,
          authorization: `${tokens.type} ${accessToken.reveal()}`,
          ...(proof !== false && { dpop: proof }),
        },
        exchange: {
          ...withoutToken(exchange),
          presented: accessToken,
          ...(proved !== undefined && { proved }),
          ...(isDoubted(record) && { doubted: true }),
        },
      };
    },

    async verdictOn(exchange, answer) {
      const { presented, doubted = false } = exchange;
      const { status, purpose = 'call' } = answer;
      if (exchange.proved !== undefined) {
        const again = judgeProof(exchange, answer);
        if (again !== undefined) return again;
      }
      if (status === 401) return onUnauthorized(exchange, answer);
      // Only what was carried out was let in: a 404 may come from in front of the guard.
      if (status >= 200 && status < 300) {
        await credential.worked(presented, { helped: helped(exchange), doubted });
      }
      if (status !== 403 || purpose === 'farewell') return { action: 'pass' };
      const challenge = challengeOf(answer.headers);
      // A 403 of any other kind is a plain no: a firewall, a policy. No sign-in would change it.
      const isOptional = purpose === 'stream' && credential.evidence.lifeSign() === 'recent';
      const isStepUp = presented !== undefined && challenge?.error === 'insufficient_scope' && !isOptional;
      return isStepUp ? stepUp(exchange, answer, challenge) : { action: 'pass' };
    },
  };
}

function bearer(token: Secret): string {
  return `Bearer ${token.reveal()}`;
}

async function isSessionBlamed({ headers, inSession = false, words }: Answer): Promise<boolean> {
  if (!inSession || words === undefined || !wordsDecide(headers)) return false;
  return blamesSession(headers, await words());
}

function isLoginRequired(error: unknown): error is McpassError {
  return isMcpassError(error) && error.code === 'login_required';
}

/** True for a request that was refused before and sent again with something better. */
function helped({ repeats, stepUps }: Exchange): boolean {
  return repeats > 0 || stepUps > 0;
}

function withoutToken({ repeats, stepUps, proofs }: Exchange): Exchange {
  return { repeats, stepUps, ...(proofs !== undefined && { proofs }) };
}
