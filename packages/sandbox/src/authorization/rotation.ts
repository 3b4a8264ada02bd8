import type { RefreshToken } from './grant.js';

/**
 * What a refresh does to the refresh token.
 *
 * - `none`: it stays
 * - `revoke-family`: it is replaced; using it again ends the whole grant (OAuth 2.1 section 4.3.1)
 * - `previous-valid`: it is replaced, and good until the newer one has been used (workers-oauth-provider, Notion)
 * - `leewaySeconds`: it is replaced, and may be used again for so long; after that as above
 */
export type Rotation = 'none' | 'revoke-family' | 'previous-valid' | { readonly leewaySeconds: number };

/** Whether a refresh token may be used now, or its use means that it was stolen. */
export function judgeReuse(token: RefreshToken, rotation: Rotation, nowS: number): 'usable' | 'reused' {
  if (token.replacedAtS === undefined || rotation === 'none') return 'usable';
  if (rotation === 'previous-valid') return token.replacedBy?.replacedAtS === undefined ? 'usable' : 'reused';
  const leeway = rotation === 'revoke-family' ? -1 : rotation.leewaySeconds;
  return nowS - token.replacedAtS <= leeway ? 'usable' : 'reused';
}
