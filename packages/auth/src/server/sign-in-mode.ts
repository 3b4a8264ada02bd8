import { configuredHeaders } from './configured-headers.js';
import type { ServerSettings } from './settings.js';

/**
 * How requests to a server are authorized: `oauth` signs in; `bearer` sends the configured token and `header` the
 * configured Authorization header; `none` sends what is configured and never asks for more.
 */
export type SignInMode = 'oauth' | 'bearer' | 'header' | 'none';

/** What `auth` names is so; where it says `auto`, a configured token or Authorization header stands for OAuth. */
export function signInMode(settings: Pick<ServerSettings, 'auth' | 'bearerToken' | 'headers'>): SignInMode {
  const { auth = 'auto', bearerToken } = settings;
  if (auth === 'none' || auth === 'oauth') return auth;
  if (bearerToken !== undefined) return 'bearer';
  // Asked of thousands of servers that have none.
  if (settings.headers !== undefined && 'authorization' in configuredHeaders(settings)) return 'header';
  return auth === 'bearer' ? 'bearer' : 'oauth';
}
