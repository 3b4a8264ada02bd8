import type { AccessToken, Code, Grant, RefreshToken } from './grant.js';

/** The grants of an authorization server, and the codes and tokens that hang on them. */
export class Ledger {
  readonly codes: Map<string, Code> = new Map();
  readonly accessTokens: Map<string, AccessToken> = new Map();
  readonly refreshTokens: Map<string, RefreshToken> = new Map();

  /** Ends a grant with all that hangs on it. */
  revoke(grant: Grant): void {
    grant.revoked = true;
  }

  /** Ends every grant. */
  revokeAll(): void {
    for (const { grant } of [
      ...this.codes.values(),
      ...this.refreshTokens.values(),
      ...this.accessTokens.values(),
    ]) {
      this.revoke(grant);
    }
  }

  /** The access tokens of one grant, or of all. */
  accessTokensOf(grant?: Grant): AccessToken[] {
    return [...this.accessTokens.values()].filter((token) => grant === undefined || token.grant === grant);
  }
}
