import { type Clock, McpassError } from '@mcpass/auth';
import { backoffMs } from './backoff.js';
import type { Desk, Translation } from './desk.js';
import type { Message } from './envelope.js';
import { greet, type Greeted, type GreetingParts } from './greeting.js';
import type { JsonObject } from '@mcpass/mcp/headers';
import { createLegacyHost } from './legacy-host.js';
import type { Era, Link, LinkEvents, Sent } from './link.js';
import type { Log } from './log.js';
import { objectIn } from './meta.js';
import { createModernHost } from './modern-host.js';
import { createMessage } from './sent.js';
import { createStraight } from './straight.js';
import { createStraightModern } from './straight-modern.js';
import type { Subscriptions } from './subscriptions.js';

/** The server, greeted, and how to speak with it. */
export interface Connected {
  readonly era: Era;
  readonly answer: Message;
  readonly result: JsonObject;
  readonly translation: Translation;
}

export interface ConnectionParts {
  readonly greeting: Omit<GreetingParts, 'events' | 'signal'>;
  readonly startupTimeoutMs: number;
  readonly desk: Desk;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly log: Log;
  /** Why the unasked stream could not be opened. */
  onRefused(reason: unknown): void;
}

/** The one connection of a bridge: made when it is first needed, and again when the server has forgotten it. */
export interface Connection {
  readonly current: Connected | undefined;
  /** Connects unless connected; the same attempt for all who ask. */
  get(): Promise<Connected>;
  /** The server has forgotten this one: the next `get` begins anew. */
  drop(lost: Connected | undefined): void;
  close(withinMs: number): Promise<void>;
}

/** Times that a lost stream is taken as a reason to connect again although nobody asked for anything. */
const REVIVAL_LIMIT = 20;

export function createConnection(parts: ConnectionParts): Connection {
  const { desk, log, clock } = parts;
  let current: Connected | undefined;
  let connecting: Promise<Connected> | undefined;
  let link: Link | undefined;
  let closed = false;
  let revivals = 0;

  async function connect(): Promise<Connected> {
    let made: Connected | undefined;
    const early: [Message, Sent | undefined][] = [];
    const events: LinkEvents = {
      onMessage: (message, about) => {
        if (made === undefined) early.push([message, about]);
        else made.translation.fromServer(message, about);
      },
      onLost: () => revive(made),
      onRefused: parts.onRefused,
    };
    const wasReady = desk.host.ready;
    const greeted = await inTime(parts, (signal) => greet(desk.host, { ...parts.greeting, events, signal }));
    link = greeted.link;
    const translation = translate(greeted, parts);
    made = { era: link.era, answer: greeted.answer, result: greeted.result, translation };
    for (const [message, about] of early) translation.fromServer(message, about);
    // A server that refused the greeting has been heard, and is asked again next time.
    if (greeted.answer.envelope.error === undefined) current = made;
    if (desk.host.ready) {
      // A host that did not wait for the answer to its greeting has said so meanwhile.
      if (!wasReady) await translation.notify(createMessage('notifications/initialized', '{}'));
      translation.start();
    }
    return made;
  }

  const drop = (lost: Connected | undefined): void => {
    if (lost === undefined || current !== lost) return;
    current = undefined;
    log('the server has forgotten the session; beginning a new one');
    lost.translation.stop();
    // The server does not know it any more: nothing to say goodbye to.
    void link?.close(0);
    link = undefined;
  };

  /** What the server says unasked would be missed until the next call. */
  function revive(lost: Connected | undefined): void {
    if (lost === undefined || current !== lost || closed) return;
    drop(lost);
    revivals += 1;
    if (revivals > REVIVAL_LIMIT) return;
    void clock
      .wait(backoffMs(Math.min(revivals, 4)))
      .then(() => (closed ? undefined : get()))
      .catch(() => undefined);
  }

  const get = (): Promise<Connected> => {
    if (current !== undefined) return Promise.resolve(current);
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
    return connecting;
  };

  return {
    get current() {
      return current;
    },
    get,
    drop,
    async close(withinMs) {
      closed = true;
      current?.translation.stop();
      await link?.close(withinMs);
    },
  };
}

async function inTime<T>(
  { clock, startupTimeoutMs }: ConnectionParts,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  const limit = clock.wait(startupTimeoutMs, done.signal).then(() => {
    const message = `The server did not answer the greeting in ${startupTimeoutMs / 1000} s.`;
    late.abort(new McpassError('timeout', message, { step: 'session', fault: 'network' }));
    throw late.signal.reason;
  });
  limit.catch(() => undefined);
  try {
    return await Promise.race([work(late.signal), limit]);
  } finally {
    done.abort(new Error('done'));
  }
}

function translate(greeted: Greeted, { desk, subscriptions }: ConnectionParts): Translation {
  const { link, result } = greeted;
  if (desk.host.era === 'modern') {
    return link.era === 'modern'
      ? createStraightModern(link, desk, greeted.answer)
      : createModernHost(link, desk, result, subscriptions);
  }
  return link.era === 'modern'
    ? createLegacyHost(link, desk, objectIn(result['capabilities']))
    : createStraight(link, desk);
}
