import type { LoggedRequest } from '../http/request-log.js';
import type { Client } from './grant.js';
import type { Ledger } from './ledger.js';

/** Whether RFC 7009 is on offer. */
export interface RevocationQuirks {
  readonly revocation: boolean;
}

/** Serves a revocation. An unknown token is as good as revoked (RFC 7009 section 2.2). */
export function revokeToken(request: LoggedRequest, client: Client, ledger: Ledger): Response {
  const value = request.form.get('token') ?? '';
  const refreshToken = ledger.refreshTokens.get(value);
  const accessToken = ledger.accessTokens.get(value);
  // Section 2.1: a refresh token takes its access tokens with it.
  if (refreshToken?.grant.clientId === client.id) ledger.revoke(refreshToken.grant);
  if (accessToken?.grant.clientId === client.id) accessToken.revoked = true;
  return new Response(null, { status: 200 });
}
