import { challengeHeader, parseChallenges } from '../oauth/challenge.js';
import { disownsSession, speaksOfSession } from '../server/session-words.js';
import type { LifeSign } from './evidence.js';
import type { SignInMode } from '../server/sign-in-mode.js';

/* What a 401 means. Pure: who asks, and does what comes of it, is `use.ts`. */

/** Repetitions of one request for one reason or another. Reached only by a server that never keeps its word. */
export const REPEAT_LIMIT = 4;

/**
 * What a request is for. A `stream` on which the server may speak unasked is optional; a `farewell` ends a session that
 * nobody will use (2025-11-25 transports). Neither says anything about the credential when it is refused.
 */
export type Purpose = 'call' | 'stream' | 'farewell';

export interface UnauthorizedFacts {
  readonly mode: SignInMode;
  readonly purpose: Purpose;
  /** The words of the answer blame the session that the request named; see {@link blamesSession}. */
  readonly sessionBlamed: boolean;
  /** The `error` of the challenge. */
  readonly error?: string | undefined;
  /** An access token went with the request. */
  readonly presented: boolean;
  /** What is stored now is another token, and good as far as anybody knows. */
  readonly newerStored: boolean;
  /** A sign-in is stored: nobody has logged out while the request was under way. */
  readonly stored: boolean;
  /** There is what brings another token without a person. */
  readonly renewable: boolean;
  /** How this process came by the presented token, as long as the server has accepted it for nothing. */
  readonly unproven?: 'renewed' | 'signed_in' | undefined;
  /** The server has accepted this very token, here or elsewhere. */
  readonly proven: boolean;
  /** Whether it has accepted any request of this process. */
  readonly lifeSign: LifeSign;
  /** A renewal of the last minutes did not content the request that it was made for. */
  readonly renewedInVain: boolean;
  /** A person may be asked to sign in. */
  readonly maySignIn: boolean;
  /** A sign-in of this process is not a minute old, and the server has accepted no token of it. */
  readonly signedInInVain: boolean;
  /** Times that this request was sent again because a token was refused … */
  readonly repeats: number;
  /** … or, for that or another reason, with something better. */
  readonly helped: boolean;
}

export type UnauthorizedMeaning =
  /** Nobody is to sign in here, or it concerns this request alone: the answer is the caller's. */
  | 'pass'
  /** The same, although the token was renewed for it: another renewal would be no help either. */
  | 'renewed_in_vain'
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
  /** Nothing at all was accepted with a token that was just renewed: for a while, only a sign-in may help. */
  | 'in_doubt'
  /** The server refuses tokens that were just issued for it; another sign-in would bring no better one. */
  | 'token_rejected';

/**
 * MCP authorization, "Error Handling"; RFC 6750 section 3.1. A refusal concerns the request until the credential itself is
 * shown to be dead: an accepted request speaks for the token that it carried.
 */
export function judgeUnauthorized(facts: UnauthorizedFacts): UnauthorizedMeaning {
  const { mode, purpose, lifeSign, unproven, repeats } = facts;
  if (facts.sessionBlamed) return 'session_lost';
  if (mode === 'none' || purpose === 'farewell') return 'pass';
  // Who was let in a moment ago is no stranger: a stream that is refused is no stream.
  if (lifeSign === 'recent' && (purpose === 'stream' || mode !== 'oauth')) return 'pass';
  if (mode !== 'oauth') return 'configuration_refused';
  if (repeats >= REPEAT_LIMIT) return 'token_rejected';
  // Somebody else signed in while this request was under way.
  if (!facts.presented) return facts.newerStored && repeats === 0 ? 'resend' : 'sign_in';
  if (facts.error === 'insufficient_scope') return 'scopes_missing';
  if (facts.newerStored) return 'resend';
  if (isHopeless(facts)) return purpose === 'stream' ? 'pass' : 'token_rejected';
  if (facts.renewedInVain && (facts.proven || lifeSign === 'recent')) return 'pass';
  if (unproven === 'renewed') {
    const firstTime = lifeSign === 'earlier' && !facts.renewedInVain && !facts.maySignIn;
    const concernsRequest = lifeSign === 'recent' || firstTime;
    return concernsRequest || purpose === 'stream' ? 'renewed_in_vain' : 'in_doubt';
  }
  if (!facts.renewable) {
    // With nothing to renew, only the next minute tells a token that was revoked from a request that is not wanted.
    const concernsRequest = lifeSign === 'recent' && facts.stored && !facts.maySignIn;
    if (concernsRequest || purpose === 'stream') return 'pass';
  }
  return 'renew';
}

/** What a sign-in of this minute could not achieve, the next one cannot either. */
function isHopeless({ unproven, helped, signedInInVain, renewable }: UnauthorizedFacts): boolean {
  if (unproven === 'signed_in' && helped) return true;
  return signedInInVain && (unproven === 'renewed' || !renewable);
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
