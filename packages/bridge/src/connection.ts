import { type Clock, McpassError } from '@mcpass/auth';
import type { Desk, Translation } from './desk.js';
import type { Message } from './envelope.js';
import { greet, type Greeted, type GreetingParts } from './greeting.js';
import { type HostFacts, isSameGreeting } from './host-facts.js';
import type { JsonObject } from '@mcpass/mcp/headers';
import { createLegacyHost } from './legacy-host.js';
import type { Era, Link, LinkEvents, Sent } from './link.js';
import type { Log } from './log.js';
import { objectIn } from './meta.js';
import { createModernHost } from './modern-host.js';
import { createReopening } from './reopening.js';
import { reasonOf } from './rpc-error.js';
import { createMessage } from './sent.js';
import { SessionLost } from './session-loss.js';
import { createStandingRequests, type StandingRequests } from './standing-requests.js';
import { createStraight } from './straight.js';
import { createStraightModern } from './straight-modern.js';
import type { Subscriptions } from './subscriptions.js';

/** The server, greeted, and how to speak with it. */
export interface Connected {
  readonly era: Era;
  readonly answer: Message;
  readonly result: JsonObject;
  readonly translation: Translation;
  /** Whom it was greeted for. */
  readonly host: HostFacts;
  readonly sinceMs: number;
}

export interface ConnectionParts {
  readonly greeting: Omit<GreetingParts, 'events' | 'signal'>;
  readonly startupTimeoutMs: number;
  readonly desk: Desk;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly log: Log;
  /** Why the unasked stream could not be opened, or the connection not be made again; true where a sign-in is awaited. */
  onRefused(reason: unknown): boolean;
}

/** The one connection of a bridge: made when it is first needed, and again when the server has forgotten it. */
export interface Connection {
  readonly current: Connected | undefined;
  /** Connects unless connected; the same attempt for all who ask. */
  get(): Promise<Connected>;
  /** The server has forgotten this one: the next `get` begins anew. */
  drop(lost: Connected | undefined): void;
  /** The host has greeted: what was begun after another greeting is left. */
  regreet(): void;
  close(withinMs: number): Promise<void>;
}

/** Milliseconds that the end of a session may take at the server when its place is being taken. */
const LEAVE_MS = 2_000;

/** Why an attempt to connect was given up. */
const SUPERSEDED = new Error('the host has greeted anew');

export function createConnection(parts: ConnectionParts): Connection {
  const { desk, log, clock } = parts;
  const standing = createStandingRequests();
  const reopening = createReopening();
  const ending = new AbortController();
  let current: Connected | undefined;
  let connecting: Promise<Connected> | undefined;
  /** The attempt that is under way: for whom, and what ends it. */
  let attempt: { readonly host: HostFacts; readonly end: AbortController } | undefined;
  let link: Link | undefined;
  let restoring = false;

  async function connect(): Promise<Connected> {
    for (;;) {
      const { host } = desk;
      const end = new AbortController();
      attempt = { host, end };
      try {
        const made = await connectFor(host, end);
        if (isSameGreeting(host, desk.host)) return made;
      } catch (thrown) {
        if (thrown !== SUPERSEDED) throw thrown;
      } finally {
        attempt = undefined;
      }
    }
  }

  async function connectFor(host: HostFacts, end: AbortController): Promise<Connected> {
    let made: Connected | undefined;
    const early: [Message, Sent | undefined][] = [];
    const events: LinkEvents = {
      onMessage: (message, about) => {
        if (made === undefined) early.push([message, about]);
        else made.translation.fromServer(message, about);
      },
      onLost: () => drop(made),
      onRefused: parts.onRefused,
    };
    const greeting = greet(host, { ...parts.greeting, events, signal: end.signal });
    let greeted: Greeted;
    try {
      greeted = await inTime(parts, end, greeting);
    } catch (thrown) {
      // Nobody waits for it any more: what it opens after all is closed again.
      void greeting.then((late) => late.link.close(LEAVE_MS)).catch(() => undefined);
      throw thrown;
    }
    const translation = translate(greeted, parts, standing);
    made = {
      era: greeted.link.era,
      answer: greeted.answer,
      result: greeted.result,
      translation,
      host,
      sinceMs: clock.now(),
    };
    for (const [message, about] of early) translation.fromServer(message, about);
    // A server that refused the greeting has been heard, and is asked again next time.
    if (greeted.answer.envelope.error !== undefined) return made;
    current = made;
    link = greeted.link;
    if (desk.host.ready) {
      // A host that did not wait for the answer to its greeting has said so meanwhile.
      if (!host.ready) await tellReady(made);
      // It may have greeted anew since: then this session is left.
      if (current === made) translation.start();
    }
    return made;
  }

  /** A server that takes no notice of it, or wants none, may answer calls all the same. */
  async function tellReady(made: Connected): Promise<void> {
    try {
      await made.translation.notify(createMessage('notifications/initialized', '{}'));
    } catch (thrown) {
      if (current !== made) return;
      if (!(thrown instanceof SessionLost))
        return log(`notifications/initialized: ${reasonOf(thrown).message}`);
      drop(made);
      throw thrown;
    }
  }

  /** Of the server, which does not know it any more: nothing to say goodbye to. */
  function drop(lost: Connected | undefined): void {
    if (lost === undefined || current !== lost || ending.signal.aborted) return;
    log('the server has forgotten the session; beginning a new one');
    leave(0);
    void restore(clock.now() - lost.sinceMs).catch(() => undefined);
  }

  function leave(withinMs: number): void {
    current?.translation.stop();
    current = undefined;
    void link?.close(withinMs);
    link = undefined;
  }

  /** What the server says unasked would be missed until the next call: connects again although nobody asked. */
  async function restore(livedMs: number): Promise<void> {
    if (restoring) return;
    restoring = true;
    let isAway = false;
    try {
      for (let past = livedMs; ; past = 0) {
        await clock.wait(reopening.after({ livedMs: past, brought: false }), ending.signal);
        try {
          await get();
        } catch (thrown) {
          if (parts.onRefused(thrown)) return;
          if (!isAway) log(`${reasonOf(thrown).message} Trying until the server is back.`);
          isAway = true;
        }
        if (current === undefined) continue;
        if (isAway) log('the server is back');
        return;
      }
    } finally {
      restoring = false;
    }
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
    regreet() {
      if (attempt !== undefined && !isSameGreeting(attempt.host, desk.host)) attempt.end.abort(SUPERSEDED);
      if (current === undefined || isSameGreeting(current.host, desk.host)) return;
      log('the host has greeted anew; beginning a new session for it');
      standing.clear();
      leave(LEAVE_MS);
    },
    async close(withinMs) {
      ending.abort(new Error('the bridge ends'));
      current?.translation.stop();
      await link?.close(withinMs);
    },
  };
}

/** The work, unless its time is over before or it is ended. */
async function inTime<T>(
  { clock, startupTimeoutMs }: ConnectionParts,
  end: AbortController,
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const over = new Promise<never>((_, reject) => {
    end.signal.addEventListener('abort', () => reject(end.signal.reason), { once: true });
  });
  clock.wait(startupTimeoutMs, done.signal).then(
    () => {
      const message = `The server did not answer the greeting in ${startupTimeoutMs / 1000} s.`;
      end.abort(new McpassError('timeout', message, { step: 'session', fault: 'network' }));
    },
    () => undefined,
  );
  try {
    return await Promise.race([work, over]);
  } finally {
    done.abort(new Error('done'));
  }
}

function translate(
  greeted: Greeted,
  { desk, subscriptions }: ConnectionParts,
  standing: StandingRequests,
): Translation {
  const { link, result } = greeted;
  if (desk.host.era === 'modern') {
    return link.era === 'modern'
      ? createStraightModern(link, desk, greeted.answer)
      : createModernHost(link, desk, result, subscriptions);
  }
  return link.era === 'modern'
    ? createLegacyHost(link, desk, objectIn(result['capabilities']))
    : createStraight(link, desk, standing);
}
