import type { Fetch } from '@mcpass/auth';
import { SdkErrorCode, SdkHttpError, type FetchLike } from '@modelcontextprotocol/client';

import { limitedBody, parseAnswer, readBounded } from './answer-body.js';
import { withoutWords, type Thrown } from './failure.js';
import type { StreamGate } from './stream-gate.js';
import { limitEvents } from './stream-limit.js';

export interface DoorOptions {
  readonly fetch: Fetch;
  readonly thrown: Thrown;
  /** Absent for the old transport, whose one stream cannot wait. */
  readonly gate?: StreamGate;
  /** A stream was opened, or `fetch` threw; the id is of the last event on the stream that was to be resumed. */
  readonly onStream: (lastEventId: string | undefined, error?: Error) => void;
}

/** The `fetch` that the SDK's transport is given: remembers what the real one threw, and reads the answers. */
export function createDoor({ fetch, thrown, gate, onStream }: DoorOptions): FetchLike {
  /** The outcome; what it fails with is remembered, and is safe to be repeated in the SDK's own words. */
  const remember = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const safe = withoutWords(error);
      if (safe instanceof Error) thrown.add(safe);
      throw safe;
    }
  };
  const pass = (url: string | URL, init: RequestInit): Promise<Response> => remember(fetch(url, init));

  /** With its body read, so that the SDK, which knows no limits, has nothing left to read. */
  const read = async (response: Response, url: string | URL): Promise<[Response, string]> => {
    const text = await remember(readBounded(response, new URL(url).host));
    return [withReader(response, 'text', () => text), text];
  };

  const openStream = async (url: string | URL, init: RequestInit): Promise<Response> => {
    const lastEventId = new Headers(init.headers).get('last-event-id') ?? undefined;
    const isStandalone = gate !== undefined && lastEventId === undefined;
    try {
      if (isStandalone) await gate.pass(init.signal);
      const response = await pass(url, init);
      const opened = response.ok ? withLimit(response, url) : (await read(response, url))[0];
      onStream(lastEventId);
      return opened;
    } catch (error) {
      if (error instanceof Error && init.signal?.aborted !== true) onStream(lastEventId, error);
      throw error;
    } finally {
      if (isStandalone) gate.settle();
    }
  };

  return async (url, init = {}) => {
    if (init.method === 'DELETE') return (await read(await pass(url, init), url))[0];
    if (init.method !== 'POST') return await openStream(url, init);
    const response = await pass(url, init);
    const { id, method } = JSON.parse(String(init.body)) as { id?: unknown; method?: unknown };
    const isRequest = gate !== undefined && id !== undefined && method !== undefined;
    if (isRequest && response.ok && response.status !== 202 && isEventStream(response)) {
      return withLimit(response, url);
    }
    const [whole, text] = await read(response, url);
    if (!isRequest || !isWholeAnswer(response)) return whole;
    if (response.status === 202) {
      // Told as a refusal, so that the SDK takes it for what a server of the legacy era might do.
      throw new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, 'accepted, not answered', {
        status: 202,
      });
    }
    const messages = await remember(Promise.resolve(text).then((json) => parseAnswer(json, id)));
    return withReader(whole, 'json', () => messages);
  };
}

function withReader(response: Response, name: 'text' | 'json', read: () => unknown): Response {
  return Object.defineProperty(response, name, { value: () => Promise.resolve(read()) });
}

/** Of an event stream the events are limited; of anything else, which the SDK takes for one all the same, the whole. */
function withLimit(response: Response, url: string | URL): Response {
  if (response.body === null) return response;
  const body = isEventStream(response)
    ? response.body.pipeThrough(limitEvents())
    : limitedBody(response, new URL(url).host);
  return Object.defineProperty(response, 'body', { value: body });
}

function isEventStream(response: Response): boolean {
  return /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
}

/** Not the beginning of a stream, nor a refusal: those the SDK reads well. */
function isWholeAnswer(response: Response): boolean {
  const type = response.headers.get('content-type') ?? '';
  return response.ok && (response.status === 202 || /^application\/json\b/i.test(type));
}
