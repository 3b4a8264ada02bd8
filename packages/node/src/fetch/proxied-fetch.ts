import { McpassError, plain } from '@mcpass/auth';
import { type Dispatcher, fetch, ProxyAgent, type RequestInit as UndiciInit } from 'undici';
import { errnoOf } from '../errno.js';

const agents = new Map<string, Dispatcher>();

/** Fetches through a proxy, which sees host and port of an https request and nothing more. Throws `proxy_failed`. */
export async function fetchThrough(
  proxy: URL,
  input: string | URL | Request,
  init: RequestInit,
): Promise<Response> {
  const request = input instanceof Request ? fromRequest(input, init) : init;
  const url = input instanceof Request ? input.url : input;
  try {
    const answer: unknown = await fetch(url, {
      ...(request as unknown as UndiciInit),
      dispatcher: agentFor(proxy),
    });
    // The same interface from the same code base, in the version that came with Node or with us.
    return answer as Response;
  } catch (thrown) {
    throw proxyFailure(proxy, thrown) ?? thrown;
  }
}

function agentFor(proxy: URL): Dispatcher {
  const known = agents.get(proxy.href);
  if (known !== undefined) return known;
  const agent = new ProxyAgent(proxy.href.replace(/^socks5h:/, 'socks5:'));
  agents.set(proxy.href, agent);
  return agent;
}

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
