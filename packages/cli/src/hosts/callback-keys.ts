import { isLoopbackHost } from '@mcpass/auth';
import type { ServerKeys } from '@mcpass/node/config';

/** The keys for a redirect URI that a host has; undefined where it is none that ours could be. */
export function callbackKeys(redirectUri: string): ServerKeys | undefined {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || url.hash !== '') return undefined;
  if (url.protocol === 'http:' && isLoopbackHost(url.hostname) && url.search === '') {
    return {
      'oauth.callback_host': url.hostname,
      ...(url.port !== '' && { 'oauth.callback_port': Number(url.port) }),
      'oauth.callback_path': url.pathname,
    };
  }
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb ? { 'oauth.callback_url': redirectUri } : undefined;
}
