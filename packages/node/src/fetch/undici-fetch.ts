import { McpassError, plain } from '@mcpass/auth';
import { Agent, type Dispatcher, fetch, ProxyAgent, type RequestInit as UndiciInit } from 'undici';
import type { Connecting } from './connecting.js';
import { errnoOf } from '../stores/files/errno.js';

/** The way that a request takes. */
export interface Route {
  /** It sees host and port of an https request and nothing more; without one the request goes straight. */
  readonly proxy?: URL | undefined;
  /** No limit on how long an answer may take, or be silent: whoever asks has deadlines of their own. */
  readonly patient: boolean;
  /** Where connections may lead, whom they trust and what they show; through a proxy the last two. */
  readonly connecting?: Connecting | undefined;
}

const USUAL: Connecting = {};
const agents = new WeakMap<Connecting, Map<string, Dispatcher>>();

/** Fetches by a route that Node's own fetch cannot take. Throws `proxy_failed`. */
export async function fetchBy(
  route: Route,
  input: string | URL | Request,
  init: RequestInit,
): Promise<Response> {
  const request = input instanceof Request ? fromRequest(input, init) : init;
  const url = input instanceof Request ? input.url : input;
  try {
    const answer: unknown = await fetch(url, {
      ...(request as unknown as UndiciInit),
      dispatcher: agentFor(route),
    });
    // The same interface from the same code base, in the version that came with Node or with us.
    return answer as Response;
  } catch (thrown) {
    throw (route.proxy && proxyFailure(route.proxy, thrown)) ?? thrown;
  }
}

function agentFor({ proxy, patient, connecting = USUAL }: Route): Dispatcher {
  const key = `${patient} ${proxy?.href ?? ''}`;
  const own = agents.get(connecting) ?? new Map<string, Dispatcher>();
  agents.set(connecting, own);
  const known = own.get(key);
  if (known !== undefined) return known;
  const agent = createAgent(proxy, connecting);
  const kept = patient ? agent.compose(withoutLimits) : agent;
  own.set(key, kept);
  return kept;
}

function createAgent(proxy: URL | undefined, { lookup, secureContext }: Connecting): Dispatcher {
  const tls = secureContext && { secureContext: secureContext() };
  if (proxy === undefined) return new Agent({ connect: { ...tls, ...(lookup && { lookup }) } });
  return new ProxyAgent({
    uri: proxy.href.replace(/^socks5h:/, 'socks5:'),
    ...(tls && { requestTls: tls, proxyTls: tls }),
  });
}

/** Per request: the agent of a SOCKS proxy would pass none on. */
const withoutLimits: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler);

/** A `Request` of Node's own fetch is a stranger to this one: taken apart. */
function fromRequest(request: Request, init: RequestInit): RequestInit {
  return {
    method: request.method,
    redirect: request.redirect,
    signal: request.signal,
    ...(request.body === null ? {} : { body: request.body, duplex: 'half' as const }),
    ...init,
  };
}

/** Until the tunnel stands, every failure to connect is the proxy's. */
const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_ABORTED',
]);

// undici says the proxy's status only in its message.
function proxyFailure(proxy: URL, thrown: unknown): McpassError | undefined {
  const cause = connectFailure(thrown);
  if (cause === undefined) return undefined;
  const code = errnoOf(cause) ?? '';
  const said = /Proxy response \((\d{3})\)/.exec(cause.message)?.[1];
  const what = said === undefined ? `does not answer (${code})` : `refused with status ${said}`;
  return new McpassError('proxy_failed', `The proxy ${plain(proxy.host)} ${what}.`, {
    step: 'connect',
    fault: 'network',
    remedy: {
      do: 'say',
      text: 'Check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names the hosts that need no proxy.',
    },
    cause: thrown,
    facts: { host: proxy.host, code: said ?? code },
  });
}

/** The failure to connect in a chain of causes, at most four deep. */
function connectFailure(thrown: unknown): Error | undefined {
  let current = thrown;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (CONNECT_CODES.has(errnoOf(current) ?? '')) return current;
    current = current.cause;
  }
  return undefined;
}
