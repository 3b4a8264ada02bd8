import { type Clock, quote } from '@mcpass/auth';
import type { Call } from '../calls/call.js';
import { sessionFailure } from '../failure.js';
import type { Message } from '../message/envelope.js';
import type { HeaderFields } from './header-fields.js';
import type { OutgoingRequest, Transport } from './transport.js';

/** Milliseconds that a server has to take the news that a call was given up. Its connection is closed in any case. */
export const CANCEL_MS = 1_000;

/** A call under way, as these bytes and under this id. */
export function outgoingCall(
  call: Call,
  bytes: Buffer,
  id: string,
  receive: (answer: Message) => void,
  headers?: HeaderFields,
): OutgoingRequest {
  let answered = false;
  return {
    id,
    method: call.method,
    bytes,
    call,
    ...(headers !== undefined && { headers }),
    // An answer need not settle the call: it may be a question, or a refusal that is seen to.
    isSettled: () => answered || call.settled,
    receive(answer) {
      answered = true;
      receive(answer);
    },
    started: (abort) => call.started(abort),
  };
}

/** A notification or a response: it goes out, and nothing comes back. */
export function oneWay(message: Message, headers?: HeaderFields): OutgoingRequest {
  return {
    id: undefined,
    method: message.envelope.method,
    bytes: message.bytes,
    call: undefined,
    ...(headers !== undefined && { headers }),
    isSettled: () => true,
    receive: () => undefined,
    started: () => undefined,
  };
}

/** Sends that, for so long: a server that takes no notice of it keeps neither the connection nor whoever waits. */
export async function sendWithin(
  transport: Transport,
  message: Message,
  withinMs: number,
  clock: Clock,
): Promise<void> {
  const { method } = message.envelope;
  const what = method === '' ? 'an answer' : method;
  let abort: () => void = () => undefined;
  const outgoing: OutgoingRequest = {
    ...oneWay(message),
    started(stop) {
      abort = stop;
    },
  };
  await inTime(clock, withinMs, (signal) => {
    signal.addEventListener('abort', () => abort(), { once: true });
    return transport.send(outgoing);
  }).catch((thrown: unknown) => {
    if (thrown !== OVER) throw thrown;
    throw sessionFailure('timeout', `The server did not take ${what} in ${withinMs / 1000} s.`);
  });
}

/** Sends a request of our own and waits for its answer, result or error, for so long. */
export async function requestWithin(
  transport: Transport,
  message: Message,
  withinMs: number,
  clock: Clock,
  headers?: HeaderFields,
): Promise<Message> {
  return await inTime(clock, withinMs, (signal) =>
    request(transport, message, { signal, ...(headers !== undefined && { headers }) }),
  ).catch((thrown: unknown) => {
    if (thrown !== OVER) throw thrown;
    const what = quote(message.envelope.method, 60);
    throw sessionFailure('timeout', `No answer to ${what} in ${withinMs / 1000} s.`);
  });
}

const OVER = new Error('the time is over');

/** The work, whose signal is aborted when its time is over. */
async function inTime<T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const done = new AbortController();
  const over = clock.wait(ms, done.signal).then(
    () => {
      end.abort(OVER);
      throw OVER;
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work(end.signal), over]);
  } finally {
    done.abort(OVER);
  }
}

/** Sends a request of our own and waits for its answer, result or error. */
export function request(
  transport: Transport,
  message: Message,
  options: { readonly headers?: HeaderFields; readonly signal?: AbortSignal } = {},
): Promise<Message> {
  return new Promise((resolve, reject) => {
    let settled = false;
    let abort: () => void = () => undefined;
    const outgoing: OutgoingRequest = {
      id: message.envelope.id,
      method: message.envelope.method,
      bytes: message.bytes,
      call: undefined,
      ...(options.headers !== undefined && { headers: options.headers }),
      isSettled: () => settled,
      receive(answer) {
        settled = true;
        resolve(answer);
      },
      started(stop) {
        abort = stop;
      },
    };
    const { signal } = options;
    const stop = (): void => {
      settled = true;
      abort();
      reject(signal?.reason);
    };
    if (signal?.aborted === true) return stop();
    signal?.addEventListener('abort', stop, { once: true });
    transport
      .send(outgoing)
      .then(() => {
        if (settled) return;
        const text = `The server took ${message.envelope.method} and did not answer it.`;
        reject(sessionFailure('answer_invalid', text, { facts: { status: 202 } }));
      }, reject)
      .finally(() => signal?.removeEventListener('abort', stop));
  });
}
