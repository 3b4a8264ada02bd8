import { networkFailure } from '../oauth/network-failure.js';
import type { Fetch } from '../platform-types.js';
import type { Clock, Ports } from '../ports.js';
import { isRedirect, judgeRedirect, redirectRefused } from '../server/redirect.js';
import { withoutQueryValues } from '../server/shown-url.js';
import type { Purpose } from './unauthorized.js';
import { ATTEMPT_LIMIT, type Exchange, NEW_EXCHANGE, type RequestAuthorization } from './use.js';

/** Bytes of a refusal whose words are looked at … */
const WORDS_LIMIT = 4_096;
/** … and milliseconds that they may take. */
const WORDS_MS = 3_000;

interface FetchParts {
  readonly authorization: RequestAuthorization;
  readonly server: URL;
  readonly ports: Pick<Ports, 'fetch' | 'clock' | 'observe'>;
}

/** `fetch` with the credential attached and every 401 and 403 dealt with. */
export function createAuthorizingFetch({ authorization, server, ports }: FetchParts): Fetch {
  return async (input, init) => {
    const request = await describe(input, init);
    // Another origin's business: no credential goes there, and what it says is no challenge of this server's.
    if (request.url.origin !== server.origin) return observed(request.url, request.init);
    const given = new Headers(request.init.headers);
    const inSession = given.has('mcp-session-id');
    const purpose = purposeOf(request.init.method ?? 'GET', given);
    let exchange: Exchange = NEW_EXCHANGE;
    for (let attempt = 1; ; attempt += 1) {
      const { headers, exchange: attached } = await untilAborted(
        authorization.headersFor(request.url, exchange, methodOf(request)),
        request.init.signal,
      );
      const response = await send(request, headers, exchange);
      const { status, headers: answered } = response;
      const words = () => readWords(response, ports.clock);
      const verdict = await untilAborted(
        authorization.verdictOn(attached, { status, headers: answered, inSession, purpose, words }),
        request.init.signal,
      ).catch(async (error: unknown) => {
        await response.body?.cancel();
        throw error;
      });
      if (verdict.action !== 'resend' || attempt === ATTEMPT_LIMIT || !request.repeatable) return response;
      await response.body?.cancel();
      exchange = verdict.exchange;
    }
  };

  async function send(
    { url, init, repeatable }: Described,
    attached: Readonly<Record<string, string>>,
    exchange: Exchange,
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(attached)) headers.set(name, value);
    for (let hop = 0; ; hop += 1) {
      const response = await observed(url, { ...init, headers, redirect: 'manual' });
      const location = isRedirect(response.status) ? response.headers.get('location') : null;
      if (init.redirect === 'manual' || location === null) return response;
      await response.body?.cancel();
      if (!repeatable || init.redirect === 'error') throw redirectRefused(url, location);
      const { method = 'GET' } = init;
      url = judgeRedirect({ from: url, location, status: response.status, method, hop, server });
      if (attached['dpop'] === undefined) continue;
      // A proof is for one request at one address (RFC 9449 section 4.2).
      const { headers: anew } = await untilAborted(
        authorization.headersFor(url, exchange, method),
        init.signal,
      );
      for (const [name, value] of Object.entries(anew)) headers.set(name, value);
    }
  }

  async function observed(url: URL, init: RequestInit): Promise<Response> {
    const method = init.method ?? 'GET';
    const shown = withoutQueryValues(url);
    const started = ports.clock.now();
    ports.observe({ type: 'request', step: 'session', method, url: shown });
    try {
      const response = await ports.fetch(url.href, init);
      const ms = ports.clock.now() - started;
      ports.observe({ type: 'answer', step: 'session', method, url: shown, status: response.status, ms });
      return response;
    } catch (thrown) {
      // Who aborts a request gets its own reason back, as with any `fetch`.
      if (init.signal?.aborted === true) throw thrown;
      const error = networkFailure(thrown, url.href, 'session');
      const ms = ports.clock.now() - started;
      ports.observe({ type: 'no_answer', step: 'session', method, url: shown, code: error.code, ms });
      throw error;
    }
  }
}

/** What a request of Streamable HTTP is for, from its looks (2025-11-25 transports). */
function purposeOf(method: string, headers: Headers): Purpose {
  if (method === 'DELETE' && headers.has('mcp-session-id')) return 'farewell';
  const isStream = method === 'GET' && headers.get('accept')?.includes('text/event-stream') === true;
  return isStream ? 'stream' : 'call';
}

function methodOf({ init }: Described): string {
  return init.method ?? 'GET';
}

interface Described {
  readonly url: URL;
  readonly init: RequestInit;
  /** False for a body that can be read only once. */
  readonly repeatable: boolean;
}

async function describe(input: Parameters<Fetch>[0], init: RequestInit = {}): Promise<Described> {
  if (!(input instanceof Request)) {
    return { url: new URL(input), init, repeatable: !(init.body instanceof ReadableStream) };
  }
  const { method, headers, signal, redirect } = input;
  const body = input.body === null ? undefined : await input.arrayBuffer();
  const given: RequestInit = { method, headers, signal, redirect, ...(body !== undefined && { body }) };
  return {
    url: new URL(input.url),
    init: { ...given, ...init },
    repeatable: !(init.body instanceof ReadableStream),
  };
}

/** The beginning of a body, which stays whole for whoever reads the response. */
async function readWords(response: Response, clock: Clock): Promise<string> {
  const reader = response.clone().body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  const done = new AbortController();
  // Of two branches the one that is given up first is never done: that ends with the other.
  const stop = () => void reader.cancel().catch(() => undefined);
  void clock.wait(WORDS_MS, done.signal).then(stop, () => undefined);
  let words = '';
  try {
    for (let size = 0; size < WORDS_LIMIT;) {
      const { value } = await reader.read();
      if (value === undefined) break;
      size += value.byteLength;
      words += decoder.decode(value, { stream: true });
    }
  } catch {
    // What came is good enough.
  }
  done.abort();
  stop();
  return words.slice(0, WORDS_LIMIT);
}

/** A caller that gives up need not wait for a sign-in or a refresh, which goes on for the others. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (signal === null || signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
