import { randomUUID } from 'node:crypto';
import { openEventStream } from '../http/event-stream.js';
import type { Json } from './json-rpc.js';

/** Answers that are fetched later (2025-11-25 basic/transports, resumability and redelivery). */
export interface Resumption {
  /** Answers with a stream that only says when to come back, and ends. */
  defer(answer: Promise<Json>): Response;
  /** Goes on with the stream that broke off after this event; undefined when there is none. */
  resume(lastEventId: string | undefined): Response | undefined;
}

const RETRY_MS = 50;

/** Keeps answers until the client comes back for them. */
export function createResumption(): Resumption {
  const deferred = new Map<string, Promise<Json>>();
  return {
    defer: (answer) => {
      const id = randomUUID();
      deferred.set(id, answer);
      const stream = openEventStream();
      stream.send({ id, retryMs: RETRY_MS, data: '' });
      stream.close();
      return stream.response;
    },
    resume: (lastEventId) => {
      const answer = deferred.get(lastEventId ?? '');
      if (answer === undefined) return undefined;
      const stream = openEventStream();
      void answer.then((message) => {
        stream.send({ id: randomUUID(), type: 'message', data: JSON.stringify(message) });
        stream.close();
      });
      return stream.response;
    },
  };
}
