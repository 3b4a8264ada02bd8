import type { Fetch } from '@mcpass/auth';
import { SdkErrorCode, SdkHttpError, type FetchLike } from '@modelcontextprotocol/client';

import { readAnswer } from './answer-body.js';
import type { Thrown } from './failure.js';
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
  const remember = (error: unknown): unknown => {
    if (error instanceof Error) thrown.add(error);
    return error;
  };
  const pass = async (url: string | URL, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(url, init);
    } catch (error) {
      throw remember(error);
    }
  };

  const openStream = async (url: string | URL, init: RequestInit): Promise<Response> => {
    const lastEventId = new Headers(init.headers).get('last-event-id') ?? undefined;
    const isStandalone = gate !== undefined && lastEventId === undefined;
    try {
      if (isStandalone) await gate.pass(init.signal);
      const response = limited(await pass(url, init));
      onStream(lastEventId);
      return response;
    } catch (error) {
      if (error instanceof Error && init.signal?.aborted !== true) onStream(lastEventId, error);
      throw error;
    } finally {
      if (isStandalone) gate.settle();
    }
  };

  return async (url, init = {}) => {
    if (init.method === 'DELETE') return await pass(url, init);
    if (init.method !== 'POST') return await openStream(url, init);
    const response = limited(await pass(url, init));
    if (gate === undefined || !isWholeAnswer(response)) return response;
    const { id, method } = JSON.parse(String(init.body)) as { id?: unknown; method?: unknown };
    const isRequest = id !== undefined && method !== undefined;
    if (!isRequest) return response;
    if (response.status === 202) {
      // Told as a refusal, so that the SDK takes it for what a server of the legacy era might do.
      throw new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, 'accepted, not answered', {
        status: 202,
      });
    }
    try {
      const messages = await readAnswer(response, id);
      return Object.defineProperty(response, 'json', { value: () => Promise.resolve(messages) });
    } catch (error) {
      throw remember(error);
    }
  };
}

function limited(response: Response): Response {
  const { body } = response;
  if (body === null || !/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? ''))
    return response;
  return Object.defineProperty(response, 'body', { value: body.pipeThrough(limitEvents()) });
}

/** Not the beginning of a stream, nor a refusal: those the SDK reads well. */
function isWholeAnswer(response: Response): boolean {
  const type = response.headers.get('content-type') ?? '';
  return response.ok && (response.status === 202 || /^application\/json\b/i.test(type));
}
