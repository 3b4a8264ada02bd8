import { McpassError } from '@mcpass/auth';
import type { Call } from './call.js';
import { type Message, readEnvelope } from './envelope.js';
import type { Link, Sent } from './link.js';

/** Milliseconds that a server has to take the news that a call was given up. Its connection is closed in any case. */
export const CANCEL_MS = 1_000;

/** A call under way, as these bytes and under this id. */
export function sentFor(
  call: Call,
  bytes: Buffer,
  id: string,
  receive: (answer: Message) => void,
  headers?: Readonly<Record<string, string>>,
): Sent {
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
    started(abort) {
      call.abort = abort;
    },
  };
}

/** A notification or a response: it goes out, and nothing comes back. */
export function nothingUnderWay(message: Message, headers?: Readonly<Record<string, string>>): Sent {
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
export async function sendWithin(link: Link, message: Message, withinMs: number): Promise<void> {
  let abort: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const what = message.envelope.method === '' ? 'an answer' : message.envelope.method;
      const text = `The server did not take ${what} in ${withinMs / 1000} s.`;
      reject(new McpassError('timeout', text, { step: 'session', fault: 'server' }));
      abort();
    }, withinMs).unref();
  });
  const sent: Sent = {
    ...nothingUnderWay(message),
    started(stop) {
      abort = stop;
    },
  };
  try {
    await Promise.race([link.send(sent), over]);
  } finally {
    clearTimeout(timer);
  }
}

/** A message of our own. `id` is JSON text, absent for a notification; `params` is JSON text. */
export function createMessage(method: string, params: string, id?: string): Message {
  const bytes = Buffer.from(
    `{"jsonrpc":"2.0",${id === undefined ? '' : `"id":${id},`}"method":${JSON.stringify(method)},"params":${params}}`,
  );
  return messageOf(bytes);
}

/** Bytes that are known to be a message. */
export function messageOf(bytes: Buffer): Message {
  const envelope = readEnvelope(bytes);
  if (envelope.kind === 'malformed' || envelope.kind === 'batch') throw new TypeError('not a message');
  return { bytes, envelope };
}

/** Sends a request of our own and waits for its answer, result or error. */
export function request(
  link: Link,
  message: Message,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<Message> {
  return new Promise((resolve, reject) => {
    let settled = false;
    let abort: () => void = () => undefined;
    const sent: Sent = {
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
    link
      .send(sent)
      .then(() => {
        if (!settled) reject(new Error('no answer'));
      }, reject)
      .finally(() => signal?.removeEventListener('abort', stop));
  });
}
