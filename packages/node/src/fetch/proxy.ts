import { isLoopbackHost, isMcpassError, McpassError, plain, shownUrl } from '@mcpass/auth';
import { type Environment, variable } from '../environment.js';

/** Environment variables that name a proxy, in either case; curl and its many followers read the same ones. */
const NAMES = ['http_proxy', 'https_proxy', 'all_proxy'];

/** True when the environment names a proxy at all. */
export function namesProxy(env: Environment): boolean {
  return NAMES.some((name) => either(env, name) !== undefined);
}

/** What the environment says of proxies, for people: by variable, without user names and passwords. */
export function proxyVariables(env: Environment): { readonly name: string; readonly value: string }[] {
  return [...NAMES, 'no_proxy'].flatMap((name) => {
    const value = either(env, name);
    return value === undefined ? [] : [{ name: name.toUpperCase(), value: shownUrl(value) }];
  });
}

/**
 * The proxy for a request, or undefined when it goes straight: this machine's own addresses and the hosts of
 * `NO_PROXY` do. Throws `proxy_failed` when the variable is no proxy's URL. Pure.
 */
export function proxyFor(target: URL, env: Environment, proxyLoopback: boolean = false): URL | undefined {
  if (!proxyLoopback && isLoopbackHost(target.hostname)) return undefined;
  const name = target.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = either(env, name) ?? either(env, 'all_proxy');
  if (value === undefined || isExcepted(target, either(env, 'no_proxy') ?? '')) return undefined;
  // "proxy.corp:8080" without a scheme is common, and means http.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(url) ? new URL(url) : undefined;
  const known = ['http:', 'https:', 'socks5:', 'socks:', 'socks5h:'].includes(proxy?.protocol ?? '');
  if (proxy !== undefined && known && proxy.hostname !== '') return proxy;
  throw new McpassError('proxy_failed', `The proxy in ${name.toUpperCase()} is not the URL of a proxy.`, {
    step: 'connect',
    fault: 'yours',
    remedy: { do: 'say', text: `Set ${name.toUpperCase()} to http://HOST:PORT, or unset it.` },
    facts: { variable: name, host: plain(proxy?.hostname ?? '') },
  });
}

/** Pure: whether a request goes through a proxy, or should: a variable that is no URL is told of when it is sent. */
export function isProxied(target: URL, env: Environment): boolean {
  try {
    return proxyFor(target, env) !== undefined;
  } catch (thrown) {
    if (isMcpassError(thrown)) return true;
    throw thrown;
  }
}

function either(env: Environment, name: string): string | undefined {
  return variable(env, name) ?? variable(env, name.toUpperCase());
}

/** `NO_PROXY`: `*`, or names with commas or blanks between; a name stands for its subdomains, a port for itself only. */
function isExcepted(target: URL, list: string): boolean {
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  const host = target.hostname.toLowerCase();
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const [, name = '', onlyPort] = /^\*?\.?(\[[^\]]*\]|.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (name === '' || (onlyPort !== undefined && onlyPort !== port)) return false;
    return host === name || host === `[${name}]` || host.endsWith(`.${name}`);
  });
}
