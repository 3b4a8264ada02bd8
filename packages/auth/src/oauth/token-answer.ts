import type { Deviation } from '../events.js';
import { JsonDocument } from './json-document.js';
import { jwtClaims } from './jwt-claims.js';
import { isPage, type OAuthError, readOAuthError } from './error.js';
import { readScopes, SCOPES_IGNORED } from './scope.js';
import { quote } from '../text.js';
import { Secret } from '../secret.js';
import type { WireAnswer } from './wire.js';

/** A token answer (RFC 6749 section 5.1), whatever shape it came in. */
export interface TokenAnswer {
  readonly access: Secret;
  /** `DPoP`: of use only with proofs of the key that was shown with the request (RFC 9449 section 5). */
  readonly type: 'Bearer' | 'DPoP';
  /** Absent when none came or an empty one: then an earlier one stays valid (RFC 6749 section 6). */
  readonly refresh?: Secret;
  /** Seconds from now; 0 for a token that is dead on arrival. Absent when nobody says. */
  readonly expiresInS?: number;
  /** Seconds from now until the refresh token ends by itself, as some servers say. Absent when nobody says. */
  readonly refreshExpiresInS?: number;
  /** Who signed in, to be judged (OpenID Connect Core section 3.1.3.3). */
  readonly idToken?: Secret;
  /** Absent means: as requested. */
  readonly scopes?: readonly string[];
}

export type ReadToken =
  | { readonly ok: true; readonly answer: TokenAnswer; readonly deviations: readonly Deviation[] }
  | { readonly ok: false; readonly error: OAuthError }
  /** Success by its status, but no token answer: an HTML page, an empty body, an unknown kind of token. */
  | { readonly ok: undefined; readonly why: string; readonly bound?: true };

/** What stands for it, `user` as tolerated. */
const BEARER: ReadonlySet<string> = new Set(['bearer', 'user']);
/** No token lives longer than this many seconds here: a server that says a century has said "unknown". */
const LIFETIME_LIMIT_S: number = 100 * 365 * 24 * 3600;

/** Pure: reads the answer to a token request, with or without a proof of possession. Tolerates what is harmless and lists it (classes E01 to E07 of docs/deviations.md). */
export function readTokenAnswer(answer: WireAnswer, nowMs: number, isProved = false): ReadToken {
  const deviations: Deviation[] = [];
  const deviate = (id: string, text: string) => void deviations.push({ id, text });
  if (answer.status < 200 || answer.status > 299) return { ok: false, error: readOAuthError(answer) };
  const document = readBody(answer, deviate);
  if (document === undefined)
    return { ok: undefined, why: isPage(answer) ? 'an HTML page' : 'no JSON object' };
  if (document.raw('error') !== undefined || document.raw('ok') === false) {
    return { ok: false, error: readOAuthError(answer) };
  }
  const access = document.text('access_token');
  if (access === undefined) return { ok: undefined, why: 'an answer without an access token' };
  // RFC 6749 appendix A.12. In a header other characters are an error, and the error would show the token.
  if (!/^[\x20-\x7e]+$/.test(access)) {
    return { ok: undefined, why: 'an access token with characters that no token has' };
  }
  if (answer.status !== 200) deviate('E03', `the token came with status ${answer.status}`);
  const type = document.text('token_type');
  if (type === undefined) deviate('E04', 'token_type is missing; Bearer is assumed');
  else if (type.toLowerCase() === 'user') deviate('E04', 'token_type is "user"; Bearer is assumed');
  const isBound = isProved && type?.toLowerCase() === 'dpop';
  if (type?.toLowerCase() === 'dpop' && !isBound)
    return { ok: undefined, why: 'a token that is bound to a key, and none was shown', bound: true };
  if (type !== undefined && !isBound && !BEARER.has(type.toLowerCase()))
    return { ok: undefined, why: `a token of the kind ${quote(type, 40)}` };
  if (isProved && !isBound)
    deviate('E11', 'a proof of possession was sent, and the token is bound to no key');
  const refresh = document.text('refresh_token');
  if (refresh === undefined && document.raw('refresh_token') === '')
    deviate('F09', 'the refresh token is empty; ignored');
  const expiresInS = readLifetime(document, access, nowMs, deviate);
  const refreshExpiresInS = readRefreshLifetime(document);
  const scopes = grantedScopes(document, deviate);
  const idToken = document.text('id_token');
  return {
    ok: true,
    deviations,
    answer: {
      access: new Secret(access),
      type: isBound ? 'DPoP' : 'Bearer',
      ...(refresh !== undefined && { refresh: new Secret(refresh) }),
      ...(expiresInS !== undefined && { expiresInS }),
      ...(refreshExpiresInS !== undefined && { refreshExpiresInS }),
      ...(idToken !== undefined && { idToken: new Secret(idToken) }),
      ...(scopes !== undefined && { scopes }),
    },
  };
}

type Deviate = (id: string, text: string) => void;

function readBody(answer: WireAnswer, deviate: Deviate): JsonDocument | undefined {
  const json = JsonDocument.parse(answer.text);
  if (json !== undefined) return json;
  const form = new URLSearchParams(answer.text);
  if (!form.has('access_token') && !form.has('error')) return undefined;
  deviate('E01', 'the token answer is form-encoded, not JSON');
  return JsonDocument.of(Object.fromEntries(form));
}

function readLifetime(
  document: JsonDocument,
  access: string,
  nowMs: number,
  deviate: Deviate,
): number | undefined {
  const raw = document.raw('expires_in');
  const seconds = typeof raw === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(raw) ? Number(raw) : raw;
  if (typeof raw === 'string' && typeof seconds === 'number') deviate('E06', 'expires_in is a string');
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0) return bounded(seconds);
  if (raw !== undefined) deviate('E07', 'expires_in is not a number of seconds; ignored');
  const lifetime = lifetimeInside(access, nowMs);
  if (lifetime === undefined) return undefined;
  deviate('E07', 'expires_in is missing; the expiry inside the token is taken as a hint');
  return bounded(lifetime);
}

/** Not in any RFC: GitHub and Google say `refresh_token_expires_in`, Keycloak `refresh_expires_in` with 0 for "never". */
function readRefreshLifetime(document: JsonDocument): number | undefined {
  for (const name of ['refresh_token_expires_in', 'refresh_expires_in']) {
    const lifetime = Number(document.raw(name));
    if (Number.isFinite(lifetime) && lifetime > 0) return bounded(lifetime);
  }
  return undefined;
}

function bounded(seconds: number): number | undefined {
  return seconds > LIFETIME_LIMIT_S ? undefined : Math.max(0, Math.floor(seconds));
}

/**
 * The `exp` of a token that happens to be a JWT. A hint only: access tokens are opaque to clients (RFC 9068 section 6).
 * The token was made just now, so its lifetime counts from its own `iat` where it has one: this machine's clock may be
 * wrong.
 */
function lifetimeInside(token: string, nowMs: number): number | undefined {
  const claims = jwtClaims(token);
  const exp = seconds(claims?.['exp']);
  const iat = seconds(claims?.['iat']);
  return exp === undefined ? undefined : exp - (iat !== undefined && iat < exp ? iat : nowMs / 1000);
}

function seconds(claim: unknown): number | undefined {
  return typeof claim === 'number' && Number.isFinite(claim) ? claim : undefined;
}

function grantedScopes(document: JsonDocument, deviate: Deviate): readonly string[] | undefined {
  const named = namedScopes(document, deviate);
  if (named === undefined) return undefined;
  const { scopes, ignored } = readScopes(named);
  if (ignored) deviate(SCOPES_IGNORED.id, SCOPES_IGNORED.text);
  return scopes;
}

function namedScopes(document: JsonDocument, deviate: Deviate): string | readonly string[] | undefined {
  const raw = document.raw('scope');
  if (Array.isArray(raw) && raw.every((entry) => typeof entry === 'string')) {
    deviate('E05', 'scope is a list, not a string');
    return raw;
  }
  const scope = document.text('scope');
  const byComma = scope?.includes(',') === true && !/\s/.test(scope.trim());
  if (!byComma) return scope;
  deviate('E05', 'scopes are separated by commas');
  return scope.split(',');
}
