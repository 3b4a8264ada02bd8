import { challengeHeader, parseChallenges } from '../oauth/challenge.js';
import { disownsSession, speaksOfSession } from '../server/session-words.js';
import type { SignInMode } from '../server/sign-in-mode.js';

/* What a 401 means. Pure: who asks, and does what comes of it, is `use.ts`. */

/** Repetitions of one request for one reason or another. Reached only by a server that never keeps its word. */
export const REPEAT_LIMIT = 4;

export interface UnauthorizedFacts {
  readonly mode: SignInMode;
  /** The words of the answer blame the session that the request named; see {@link blamesSession}. */
  readonly sessionBlamed: boolean;
  /** The `error` of the challenge. */
  readonly error?: string | undefined;
  /** An access token went with the request. */
  readonly presented: boolean;
  /** What is stored now is another token, and good as far as anybody knows. */
  readonly newerStored: boolean;
  /** A refresh token is stored. */
  readonly renewable: boolean;
  /** How this process came by the presented token, as long as the server has accepted it for nothing. */
  readonly unproven?: 'renewed' | 'signed_in' | undefined;
  /** A sign-in of this process is not a minute old, and the server has accepted no token of it. */
  readonly signedInInVain: boolean;
  /** Times that this request was sent again because a token was refused … */
  readonly repeats: number;
  /** … or, for that or another reason, with something better. */
  readonly helped: boolean;
}

export type UnauthorizedMeaning =
  /** Nobody is to sign in here: the answer is the caller's. */
  | 'pass'
  /** The server has forgotten the session; the token may be as good as ever. */
  | 'session_lost'
  /** The configured token or header is no good. */
  | 'configuration_refused'
  /** The token is good, its scopes are not enough. */
  | 'scopes_missing'
  /** A better token is at hand. */
  | 'resend'
  /** Try a renewal. */
  | 'renew'
  /** Only a sign-in helps: there is no token. */
  | 'sign_in'
  /** Only a sign-in helps: renewals bring tokens that are dead from the start. */
  | 'grant_dead'
  /** The server refuses tokens that were just issued for it; another sign-in would bring no better one. */
  | 'token_rejected';

/**
 * MCP authorization, "Error Handling"; RFC 6750 section 3.1. One refused request is no proof against a token: evidence is
 * what this process has seen the server do with it.
 */
export function judgeUnauthorized(facts: UnauthorizedFacts): UnauthorizedMeaning {
  const { mode, unproven, renewable, repeats } = facts;
  if (facts.sessionBlamed) return 'session_lost';
  if (mode === 'none') return 'pass';
  if (mode !== 'oauth') return 'configuration_refused';
  if (repeats >= REPEAT_LIMIT) return 'token_rejected';
  // Somebody else signed in while this request was under way.
  if (!facts.presented) return facts.newerStored && repeats === 0 ? 'resend' : 'sign_in';
  if (facts.error === 'insufficient_scope') return 'scopes_missing';
  if (facts.newerStored) return 'resend';
  if (unproven === 'signed_in' && facts.helped) return 'token_rejected';
  // What a sign-in of this minute could not achieve, the next one cannot either.
  if (facts.signedInInVain && (unproven === 'renewed' || !renewable)) return 'token_rejected';
  return unproven === 'renewed' ? 'grant_dead' : 'renew';
}

/**
 * Whether a 401 to a request that named a session is about the session: some servers answer so, instead of with 404, when
 * they have forgotten it (2025-11-25 transports, "Session Management"). A challenge with an error code is about the token
 * (RFC 6750 section 3.1); with a bare one the words have to disown the session, without any a word of it is enough.
 */
export function blamesSession(headers: Headers, words: string): boolean {
  if (challengeHeader(headers) === undefined) return speaksOfSession(words);
  return wordsDecide(headers) && disownsSession(words);
}

/** False for a challenge that says what is wrong with the token, whatever the body says. */
export function wordsDecide(headers: Headers): boolean {
  const challenges = parseChallenges(challengeHeader(headers) ?? '');
  return challenges.every(({ parameters }) => (parameters.get('error') ?? '') === '');
}
