import type { AccessTokenMint } from './access-token.js';
import type { Grant } from './grant.js';

/** Who signed in, told to the client (OpenID Connect Core section 2). */
export interface IdTokenQuirks {
  /** To a grant with the scope `openid`: with the first answer, at every refresh too (section 12.2), or not at all. */
  readonly idTokens: 'first' | 'always' | 'never';
  /** Claims that replace or extend those of the ID token, also with nonsense; undefined leaves one out. */
  readonly idTokenClaims: Readonly<Record<string, unknown>>;
}

interface IdTokenSituation {
  readonly quirks: IdTokenQuirks;
  readonly mint: AccessTokenMint;
  readonly issuer: string;
  readonly nowS: () => number;
}

const LIFETIME_SECONDS = 3600;

/** The ID token of a token answer; undefined where none belongs in it. Its claims as the scopes say (section 5.4). */
export async function issueIdToken(
  grant: Grant,
  isRefresh: boolean,
  { quirks, mint, issuer, nowS }: IdTokenSituation,
): Promise<string | undefined> {
  const { idTokens, idTokenClaims } = quirks;
  if (!grant.scopes.includes('openid') || idTokens === 'never') return undefined;
  if (isRefresh && idTokens !== 'always') return undefined;
  const { subject, name, email } = grant.person;
  return mint.sign({
    iss: issuer,
    sub: subject,
    aud: grant.clientId,
    iat: nowS(),
    exp: nowS() + LIFETIME_SECONDS,
    ...(grant.nonce !== undefined && { nonce: grant.nonce }),
    ...(grant.scopes.includes('profile') && { name }),
    ...(grant.scopes.includes('email') && { email }),
    ...idTokenClaims,
  });
}
