import { Readable } from 'node:stream';
import { type Fetch, findMcpassError } from '@mcpass/auth';
import type { Carrier, HttpReply, HttpRequest } from './carrier.js';
import { discardBody } from './response-body.js';

/** What a `fetch` takes. */
type Parts = Parameters<Fetch>;

/** "null body status" of the Fetch standard (section 2.2.3). */
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A `fetch` over a carrier, for what a client of OAuth asks: a short text at the most, and no redirect followed. Node's
 * own loads a second HTTP client for its first request, which takes twice the time of the whole request by the first
 * one. `rest` takes what is anything else.
 */
export function createCarrierFetch(carrier: Carrier, rest: Fetch): Fetch {
  return async (input, init) => {
    const request = plainRequest(input, init);
    if (request === undefined) return rest(input, init);
    const signal = init?.signal ?? undefined;
    signal?.throwIfAborted();
    const pending = carrier.send(request);
    const giveUp = (): void => pending.abort();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return responseOf(await pending.reply, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      throw failedFetch(thrown);
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  };
}

/** Undefined for one that is left to a whole `fetch`. */
function plainRequest(input: Parts[0], init: Parts[1] = {}): HttpRequest | undefined {
  if (input instanceof Request || init.redirect !== 'manual') return undefined;
  const url = new URL(input);
  const method = init.method?.toUpperCase() ?? 'GET';
  if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') return undefined;
  if (!isPlainAddress(url)) return undefined;
  const { body = null } = init;
  if (body !== null && (method === 'GET' || typeof body !== 'string')) return undefined;
  const headers = new Headers(init.headers);
  if (!headers.has('accept')) headers.set('accept', '*/*');
  if (body !== null && !headers.has('content-type')) headers.set('content-type', 'text/plain;charset=UTF-8');
  return {
    method,
    url,
    headers: Object.fromEntries(headers),
    ...(body !== null && { body: Buffer.from(body) }),
  };
}

/** Not one that `fetch` refuses, and knows better why: a login in it, or the port of another protocol. */
function isPlainAddress({ protocol, username, password, port }: URL): boolean {
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return false;
  return port === '' || (Number(port) >= 1024 && !OTHER_PROTOCOLS.has(Number(port)));
}

/** The "bad ports" of the Fetch standard (section 2.9) from 1024 on; all those below are left to it. */
const OTHER_PROTOCOLS: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10080,
]);

function responseOf(reply: HttpReply, signal: AbortSignal | undefined): Response {
  const { body, headers } = reply;
  // "SHOULD process the response as if it had a 5xx" where it is none (RFC 9110 section 15); `Response` takes no other.
  const status = reply.status >= 200 && reply.status <= 599 ? reply.status : 599;
  if (NO_BODY.has(status)) {
    discardBody(body);
    return new Response(null, { status, headers });
  }
  const giveUp = (): void => void body.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', giveUp, { once: true });
  body.once('close', () => signal?.removeEventListener('abort', giveUp));
  return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, { status, headers });
}

/** As `fetch` tells it: what is wrong with the network is the cause, and whoever asked knows for which step. */
function failedFetch(thrown: unknown): TypeError {
  const ours = findMcpassError(thrown);
  const cause =
    ours === undefined
      ? thrown
      : (ours.cause ?? Object.assign(new Error(ours.message), { code: 'ECONNRESET' }));
  return new TypeError('fetch failed', { cause });
}
