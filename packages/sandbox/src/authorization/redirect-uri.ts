/** Which redirect URIs a client may register. */
export type RedirectPolicy = 'any' | 'loopback' | 'localhost' | '127.0.0.1' | 'https';

/** How a redirect URI is compared with the registered ones. */
export type RedirectMatch = 'any-loopback-port' | 'exact';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const POLICIES: Record<RedirectPolicy, (uri: URL) => boolean> = {
  any: () => true,
  loopback: (uri) => uri.protocol === 'https:' || (uri.protocol === 'http:' && LOOPBACK.has(uri.hostname)),
  localhost: (uri) => uri.protocol === 'https:' || (uri.protocol === 'http:' && uri.hostname === 'localhost'),
  '127.0.0.1': (uri) =>
    uri.protocol === 'https:' || (uri.protocol === 'http:' && uri.hostname === '127.0.0.1'),
  https: (uri) => uri.protocol === 'https:',
};

/** Whether a redirect URI may be registered. Fragments never may (RFC 6749 section 3.1.2). */
export function isRegistrable(redirectUri: string, policy: RedirectPolicy): boolean {
  if (!URL.canParse(redirectUri) || redirectUri.includes('#')) return false;
  return POLICIES[policy](new URL(redirectUri));
}

/** Whether a redirect URI is one of the registered ones. */
export function isRegistered(
  redirectUri: string,
  registered: readonly string[],
  match: RedirectMatch,
): boolean {
  if (registered.includes(redirectUri)) return true;
  if (match === 'exact' || !isLoopback(redirectUri)) return false;
  return registered.some(
    (candidate) => isLoopback(candidate) && withoutPort(candidate) === withoutPort(redirectUri),
  );
}

function isLoopback(uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).protocol === 'http:' && LOOPBACK.has(new URL(uri).hostname);
}

/** RFC 8252 section 7.3: any port at the time of the request; host and path stay. */
function withoutPort(uri: string): string {
  const url = new URL(uri);
  url.port = '';
  return url.href;
}
