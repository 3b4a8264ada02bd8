import type { Fetch } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import { type Connecting, createConnecting } from './connecting.js';
import { namesProxy, proxyFor } from './proxy.js';
import { VERSION } from './version.js';

export interface FetchOptions {
  readonly env: Environment;
  /** `User-Agent` of requests that bring none; `mcpass/VERSION` when absent. */
  readonly userAgent?: string;
  /** Sends requests to this machine through the proxy as well, for watching them. */
  readonly proxyLoopback?: boolean;
  /**
   * How long, in milliseconds, whoever asks would wait for an answer, and for each of its parts: they stop by a signal.
   * Beyond the five minutes that fetch itself waits, it is told to wait for as long as they do.
   */
  readonly patienceMs?: number;
  /** How connections are opened; as the environment says (`SSL_CERT_FILE`) when absent. */
  readonly connecting?: Connecting | undefined;
  /** Takes the requests that no proxy is on the way of, and waits as long as whoever asks; the global fetch when absent. */
  readonly straight?: () => Promise<Fetch>;
}

/** How long fetch waits for an answer's headers, and for each part of its body. */
const OWN_PATIENCE_MS = 300_000;

/**
 * The global fetch, through the proxies that the environment names (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`,
 * `NO_PROXY`). Nothing is loaded for that where none is named and nobody waits longer than it does. Private certificate
 * authorities come from `NODE_EXTRA_CA_CERTS`, which Node reads by itself, and `SSL_CERT_FILE`. Throws `proxy_failed` besides
 * what fetch throws.
 */
export function createFetch(options: FetchOptions): Fetch {
  const { env, proxyLoopback, patienceMs = 0, straight } = options;
  const userAgent = options.userAgent ?? `mcpass/${VERSION}`;
  const proxied = namesProxy(env);
  const patient = patienceMs > OWN_PATIENCE_MS;
  const connecting = options.connecting ?? createConnecting(env);

  return async (input, init) => {
    const request = withUserAgent(input, init, userAgent);
    const proxy = proxied ? proxyFor(urlOf(input), env, proxyLoopback) : undefined;
    if (proxy === undefined && straight !== undefined) return (await straight())(input, request);
    if (proxy === undefined && !patient && connecting === undefined) return globalThis.fetch(input, request);
    const { fetchBy } = await import('./undici-fetch.js');
    return fetchBy({ proxy, patient, connecting }, input, request);
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
