import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { findMcpassError, networkFailure, type Fetch } from '@mcpass/auth';
import type { Carrier, Reply } from './carrier.js';

/** Any `fetch`: the one that knows the way through a proxy. Costs more for each request than Node's HTTP. */
export function createFetchCarrier(fetch: Fetch): Carrier {
  return {
    send({ method, url, headers, body }) {
      const controller = new AbortController();
      const answer = fetch(url.href, {
        method,
        headers: { ...headers },
        redirect: 'manual',
        signal: controller.signal,
        ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }),
      });
      const reply = answer.then(replyOf, (thrown: unknown) => {
        throw findMcpassError(thrown) ?? networkFailure(thrown, url.href, 'session');
      });
      return { reply, abort: () => controller.abort() };
    },
    close() {
      // Its connections are everybody's.
    },
  };
}

function replyOf(response: Response): Reply {
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
