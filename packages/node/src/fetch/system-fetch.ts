import type { Fetch } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import { namesProxy, proxyFor } from './proxy.js';
import { VERSION } from './version.js';

export interface FetchOptions {
  readonly env: Environment;
  /** `User-Agent` of requests that bring none; `mcpass/VERSION` when absent. */
  readonly userAgent?: string;
  /** Sends requests to this machine through the proxy as well, for watching them. */
  readonly proxyLoopback?: boolean;
}

/**
 * The global fetch, through the proxies that the environment names (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`,
 * `NO_PROXY`). Where none is named, nothing of that is loaded. Private certificate authorities come from
 * `NODE_EXTRA_CA_CERTS`, which Node reads by itself. Throws `proxy_failed` besides what fetch throws.
 */
export function createFetch(options: FetchOptions): Fetch {
  const { env, proxyLoopback } = options;
  const userAgent = options.userAgent ?? `mcpass/${VERSION}`;
  const proxied = namesProxy(env);

  return async (input, init) => {
    const request = withUserAgent(input, init, userAgent);
    const proxy = proxied ? proxyFor(urlOf(input), env, proxyLoopback) : undefined;
    if (proxy === undefined) return globalThis.fetch(input, request);
    const { fetchThrough } = await import('./proxied-fetch.js');
    return fetchThrough(proxy, input, request);
  };
}

function withUserAgent(
  input: string | URL | Request,
  init: RequestInit | undefined,
  userAgent: string,
): RequestInit {
  // As in fetch itself: headers of `init` replace those of the request.
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  if (!headers.has('user-agent')) headers.set('user-agent', userAgent);
  return { ...init, headers };
}

function urlOf(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}
