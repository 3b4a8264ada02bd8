import { type Clock, type JsonObject, type McpassError, objectIn } from '@mcpass/auth';
import { interrupted, isHosts, sessionFailure, SessionLost, wordsOf } from '../failure.js';
import type { Message } from '../message/envelope.js';
import { createMessage } from '../message/message.js';
import { createLegacyHost } from '../translation/legacy-host.js';
import { createModernHost } from '../translation/modern-host.js';
import { createModernPassThrough } from '../translation/modern-pass-through.js';
import { createPassThrough } from '../translation/pass-through.js';
import { createStandingRequests, type StandingRequests } from '../translation/standing-requests.js';
import type { HostContext, Translation } from '../translation/translation.js';
import type { Log } from '../log.js';
import { createReconnection } from '../retry/reconnection.js';
import type { Era } from '../transport/era.js';
import type { OutgoingRequest, Transport, TransportEvents } from '../transport/transport.js';
import { type HostFacts, isSameGreeting } from '../translation/host-facts.js';
import { greet, type Greeted, type GreetingParts } from './greeting.js';

/** The server, greeted, and how to speak with it. */
export interface Connected {
  readonly era: Era;
  readonly kind: Transport['kind'];
  readonly answer: Message;
  readonly result: JsonObject;
  readonly translation: Translation;
  /** Whom it was greeted for. */
  readonly host: HostFacts;
  readonly sinceMs: number;
}

export interface ConnectionParts {
  readonly greeting: Omit<GreetingParts, 'events' | 'signal' | 'newId' | 'log' | 'clock'>;
  readonly host: HostContext;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Whether the host wants to hear what the server says unasked, from the greeting on and also in the session that takes the
   * place of a lost one. A program starts that itself, when it needs it.
   */
  readonly listens: boolean;
  /** Why the unasked stream could not be opened, or the connection not be made again; true where a sign-in is awaited. */
  onRefused(reason: unknown): boolean;
  onConnected?(made: Connected): void;
}

/** The one connection of a host: made when it is first needed, and again when the server has forgotten it. */
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

/** Messages, and bytes of them, that a server may send before it has answered the greeting. */
const MOST_EARLY = 1_000;
const MOST_EARLY_BYTES = 4 * 1024 * 1024;

function tooMuchEarly(): McpassError {
  return sessionFailure(
    'answer_too_large',
    'The server says more than it may before it answers the greeting.',
  );
}

/** Why an attempt to connect was given up. */
const SUPERSEDED = new Error('the host has greeted anew');

export function createConnection(parts: ConnectionParts): Connection {
  const { host: context, log, clock } = parts;
  const standing = createStandingRequests();
  const reconnection = createReconnection();
  const ending = new AbortController();
  let current: Connected | undefined;
  let connecting: Promise<Connected> | undefined;
  /** The attempt that is under way: for whom, and what ends it. */
  let attempt: { readonly host: HostFacts; readonly end: AbortController } | undefined;
  let transport: Transport | undefined;
  let restoring = false;

  async function connect(): Promise<Connected> {
    for (;;) {
      const host = context.facts();
      const end = new AbortController();
      attempt = { host, end };
      try {
        const made = await connectFor(host, end);
        if (isSameGreeting(host, context.facts())) return made;
      } catch (thrown) {
        if (thrown !== SUPERSEDED) throw thrown;
      } finally {
        attempt = undefined;
      }
    }
  }

  async function connectFor(host: HostFacts, end: AbortController): Promise<Connected> {
    let made: Connected | undefined;
    const early: [Message, OutgoingRequest | undefined][] = [];
    let earlyBytes = 0;
    const events: TransportEvents = {
      onMessage: (message, about) => {
        if (made !== undefined) return made.translation.fromServer(message, about);
        early.push([message, about]);
        earlyBytes += message.bytes.length;
        if (early.length > MOST_EARLY || earlyBytes > MOST_EARLY_BYTES) end.abort(tooMuchEarly());
      },
      onLost: () => drop(made),
      onRefused: parts.onRefused,
    };
    const greeting = greet(host, {
      ...parts.greeting,
      clock,
      log,
      newId: () => context.calls.newId(),
      events,
      signal: end.signal,
    });
    let greeted: Greeted;
    try {
      greeted = await inTime(parts, end, greeting);
    } catch (thrown) {
      // Nobody waits for it any more: what it opens after all is closed again.
      void greeting.then((late) => late.transport.close(LEAVE_MS)).catch(() => undefined);
      throw thrown;
    }
    const translation = translate(greeted, context, standing);
    made = {
      era: greeted.transport.era,
      kind: greeted.transport.kind,
      answer: greeted.answer,
      result: greeted.result,
      translation,
      host,
      sinceMs: clock.now(),
    };
    for (const [message, about] of early) translation.fromServer(message, about);
    // A server that refused the greeting has been heard, and is asked again next time.
    if (greeted.answer.envelope.error !== undefined) return made;
    if (ending.signal.aborted) {
      void greeted.transport.close(LEAVE_MS);
      throw ending.signal.reason;
    }
    current = made;
    transport = greeted.transport;
    if (context.facts().ready) {
      await tellReady(made);
      // It may have greeted anew since: then this session is left.
      if (current === made && parts.listens) void translation.start();
    }
    parts.onConnected?.(made);
    return made;
  }

  /**
   * On behalf of a host that has said so before, or says nothing of the kind. A server that takes no notice of it, or wants
   * none, may answer calls all the same.
   */
  async function tellReady(made: Connected): Promise<void> {
    if (made.era === 'modern') return;
    try {
      await made.translation.notify(createMessage('notifications/initialized', '{}'));
    } catch (thrown) {
      if (current !== made) return;
      if (thrown instanceof SessionLost) drop(made);
      else if (isHosts(thrown)) leave(LEAVE_MS);
      else return log(`notifications/initialized: ${wordsOf(thrown)}`);
      throw thrown;
    }
  }

  /** Of the server, which does not know it any more: nothing to say goodbye to. */
  function drop(lost: Connected | undefined): void {
    if (lost === undefined || current !== lost || ending.signal.aborted) return;
    log('the server has forgotten the session; beginning a new one');
    leave(0);
    if (parts.listens) void restore(clock.now() - lost.sinceMs).catch(() => undefined);
  }

  function leave(withinMs: number): void {
    current?.translation.stop();
    current = undefined;
    void transport?.leave(withinMs);
    transport = undefined;
  }

  /** What the server says unasked would be missed until the next call: connects again although nobody asked. */
  async function restore(livedMs: number): Promise<void> {
    if (restoring) return;
    restoring = true;
    let isAway = false;
    try {
      for (let past = livedMs; ; past = 0) {
        await clock.wait(reconnection.after({ livedMs: past }), ending.signal);
        try {
          await get();
        } catch (thrown) {
          if (parts.onRefused(thrown)) return;
          if (!isAway) log(`${wordsOf(thrown)} Trying until the server is back.`);
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
      if (attempt !== undefined && !isSameGreeting(attempt.host, context.facts()))
        attempt.end.abort(SUPERSEDED);
      if (current === undefined || isSameGreeting(current.host, context.facts())) return;
      log('the host has greeted anew; beginning a new session for it');
      standing.clear();
      leave(LEAVE_MS);
    },
    async close(withinMs) {
      ending.abort(interrupted('The connection was closed.'));
      attempt?.end.abort(ending.signal.reason);
      current?.translation.stop();
      await transport?.close(withinMs);
    },
  };
}

/** The work, unless its time is over before or it is ended. */
async function inTime<T>(
  { clock, host: { startupTimeoutMs } }: ConnectionParts,
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
      end.abort(sessionFailure('timeout', message, { fault: 'network' }));
    },
    () => undefined,
  );
  try {
    return await Promise.race([work, over]);
  } finally {
    done.abort(new Error('done'));
  }
}

function translate(greeted: Greeted, host: HostContext, standing: StandingRequests): Translation {
  const { transport, result, answer } = greeted;
  if (host.facts().era === 'modern') {
    return transport.era === 'modern'
      ? createModernPassThrough(transport, host, answer)
      : createModernHost(transport, host, result);
  }
  return transport.era === 'modern'
    ? createLegacyHost(transport, host, objectIn(result['capabilities']))
    : createPassThrough(transport, host, standing);
}
