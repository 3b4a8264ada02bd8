import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { findMcpassError, networkFailure, type Fetch } from '@mcpass/auth';
import { interrupted, passOn, sessionFailure } from '../failure.js';
import type { Carrier, HttpReply } from './carrier.js';

/**
 * Any `fetch`: the one that knows the way through a proxy. Costs more for each request than Node's HTTP.
 * `asText`: for a `fetch` that looks at what it sends and shall find JSON.
 */
export function createFetchCarrier(fetch: Fetch, asText = false): Carrier {
  return {
    send({ method, url, headers, body }) {
      const controller = new AbortController();
      const answer = fetch(url.href, {
        method,
        headers: { ...headers },
        redirect: 'manual',
        signal: controller.signal,
        ...(body !== undefined && { body: asText ? new TextDecoder().decode(body) : bytesOf(body) }),
      });
      const reply = answer.then(replyOf, (thrown: unknown) => {
        throw judgeThrown(thrown, url);
      });
      return { reply, abort: () => controller.abort() };
    },
    close() {
      // Its connections are everybody's.
    },
  };
}

function replyOf(response: Response): HttpReply {
  const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as ReadableStream);
  // Whoever reads it hears of an error; when nobody does, it is no news.
  body.on('error', () => undefined);
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    headers: response.headers,
    body,
  };
}

/** What a `fetch` threw: trouble of the network gets a code, an error of another kind is its owner's. */
function judgeThrown(thrown: unknown, url: URL): Error {
  const ours = findMcpassError(thrown);
  if (ours !== undefined) return ours;
  if (!(thrown instanceof Error)) return networkFailure(thrown, url.href, 'session');
  if (thrown.name === 'AbortError') return interrupted('The request was aborted.', thrown);
  if (thrown.name === 'TimeoutError') {
    return sessionFailure('timeout', 'The request timed out.', { fault: 'network', cause: thrown });
  }
  const failure = networkFailure(thrown, url.href, 'session');
  // A TypeError is what `fetch` itself throws, and its words may have the value of a header in them.
  const isNetworks = thrown instanceof TypeError || failure.facts['system'] !== 'no reason given';
  return isNetworks ? failure : passOn(thrown);
}

/** The same memory: what `fetch` takes is not said to be shared. */
function bytesOf(body: Uint8Array): Uint8Array<ArrayBuffer> {
  return body as Uint8Array<ArrayBuffer>;
}
