import { type Clock, McpassError, quote } from '@mcpass/auth';
import type { Call } from './call.js';
import { createCallTable } from './call-table.js';
import type { Connected, Connection } from './connection.js';
import { SessionLost } from './delivery.js';
import type { Desk } from './desk.js';
import {
  type Envelope,
  idOfBeginning,
  type Malformed,
  type Message,
  readEntry,
  readEnvelope,
} from './envelope.js';
import { greetedHost, type HostFacts, modernHost, NO_HOST } from './host-facts.js';
import type { HostOutput } from './host-output.js';
import { withoutMark } from './json-scan.js';
import { initializeResult } from './legacy-host.js';
import type { Log } from './log.js';
import { objectIn, paramOf, versionOf } from './meta.js';
import { nameIn } from './modern-headers.js';
import { announceChanges, judgeUnheard, ownGreeting, promisedList } from './own-greeting.js';
import { repetition } from './repetition.js';
import { errorMessage, reasonOf, resultMessage, RPC } from './rpc-error.js';
import { createMessage } from './sent.js';
import { withId } from './server-answer.js';
import type { SignInGate } from './sign-in-gate.js';
import { createSignInNews } from './sign-in-news.js';
import { refuseForSignIn, withoutSignIn } from './sign-in-answer.js';
import type { Subscriptions } from './subscriptions.js';
import type { ToolPolicy } from './tool-policy.js';
import { createTurnstile } from './turnstile.js';

export interface RelayParts {
  readonly name: string;
  readonly version: string;
  readonly output: HostOutput;
  readonly log: Log;
  readonly clock: Clock;
  readonly tools: ToolPolicy;
  readonly subscriptions: Subscriptions;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  connect(desk: Desk): Connection;
  gate(): SignInGate;
}

/** Between the host's lines and the server. */
export interface Relay {
  /** One line of the host. */
  take(line: Buffer): void;
  /** A line that has no end, or nearly none. */
  overflow(beginning: Buffer): void;
  /** So much is waiting for the server that the host should wait. */
  isFull(): boolean;
  /** Called once, when there is room again. */
  whenRoom(resume: () => void): void;
  /** The credential has come: connect, and tell the host to look again. */
  signedIn(): void;
  /** Lets the calls in flight end, for so long, and says goodbye to the server. */
  close(withinMs: number): Promise<void>;
}

/** Milliseconds that the end of the session may take at the server. */
const FAREWELL_MS = 700;

/** What a host asks before anybody wants anything: hosts that start and stop us several times open no browser. */
const BEFORE_NEED = new Set(['server/discover', 'subscriptions/listen', 'ping']);
/** What does not wait until others are answered: the one stays open for as long as the host does, the other asks if we live. */
const UNCOUNTED = new Set(['subscriptions/listen', 'ping']);

export function createRelay(parts: RelayParts): Relay {
  const { output, log, subscriptions, toolTimeoutMs, startupTimeoutMs } = parts;
  const turnstile = createTurnstile();
  const calls = createCallTable({
    output,
    subscriptions,
    onExpired: (call) => expire(call),
    onSettled: turnstile.leave,
  });
  let host: HostFacts = NO_HOST;
  /** What must reach the server before anything else: `notifications/initialized`. */
  let barrier: Promise<unknown> | undefined;
  /** The host was greeted in the server's name. */
  let hasPromised = false;
  /** Subscriptions that wait for the sign-in. */
  const parked = new Set<Call>();

  const desk: Desk = {
    get host() {
      return host;
    },
    tools: parts.tools,
    log,
    answer(call, message) {
      const promised = hasPromised ? promisedList(call.method, message) : undefined;
      if (promised !== undefined) return desk.complete(call, promised);
      const isListing = call.method === 'tools/list';
      calls.settle(
        call,
        isListing ? parts.tools.listed(message, connection.current?.era === 'modern') : message.bytes,
      );
    },
    complete: (call, result) => calls.settle(call, resultMessage(call.id, result)),
    fail(call, thrown) {
      const { error, message } = reasonOf(thrown);
      if (!call.settled) log(`${call.method}: ${message}`);
      const data = error === undefined ? undefined : { ...error.toJSON(), ...error.facts };
      calls.settle(call, errorMessage(call.id, RPC.internal, `${parts.name}: ${message}`, data));
    },
    reply: (call, bytes) => calls.settle(call, bytes),
    tell: (bytes) => output.send(bytes),
    ask: calls.ask,
    question: calls.question,
    withdraw: calls.withdraw,
    touch(call) {
      if (Number.isFinite(call.deadlineMs)) call.deadlineMs = performance.now() + toolTimeoutMs;
    },
    newId: calls.newId,
  };
  const connection = parts.connect(desk);
  const news = createSignInNews({ connection, log, clock: parts.clock, gate: parts.gate, tell: tellNews });

  async function run(call: Call): Promise<void> {
    for (;;) {
      let used = connection.current;
      try {
        // Who has just been told that a sign-in is needed is not asked again for every call.
        if (used === undefined) parts.gate().check();
        used ??= await connection.get();
        news.connected();
        if (barrier !== undefined) await barrier;
        if (call.settled) return;
        await used.translation.call(call);
        return;
      } catch (thrown) {
        // Only the session that was lost: another call may have begun a new one already.
        if (thrown instanceof SessionLost) connection.drop(used);
        if (call.settled || !(await goesOn(call, thrown))) return;
      }
    }
  }

  /** Whether a call that failed is tried again; answers it where it is not. */
  async function goesOn(call: Call, thrown: unknown): Promise<boolean> {
    const gate = parts.gate();
    if (gate.concerns(thrown)) {
      try {
        if (!BEFORE_NEED.has(call.method) && (await gate.signIn(thrown))) return !call.settled;
      } catch (failed) {
        desk.fail(call, failed);
        return false;
      }
      gate.report(thrown);
      if (call.method === 'subscriptions/listen') parked.add(call);
      await refuseForSignIn({ call, thrown, gate, desk, name: parts.name, version: parts.version });
      return false;
    }
    const waitMs = repetition(thrown, call);
    if (waitMs === undefined) {
      desk.fail(call, thrown);
      return false;
    }
    if (waitMs > 0) await parts.clock.wait(waitMs);
    return !call.settled;
  }

  async function greet(call: Call): Promise<void> {
    call.deadlineMs = performance.now() + startupTimeoutMs;
    for (;;) {
      try {
        const connected = await connection.get();
        if (call.settled) return;
        hasPromised = false;
        if (connected.era === 'legacy') calls.settle(call, answerFor(call, connected));
        else desk.complete(call, initializeResult(connected.result, host.version));
        return;
      } catch (thrown) {
        if (call.settled) return;
        const gate = parts.gate();
        if (gate.concerns(thrown)) {
          gate.report(thrown);
          hasPromised = true;
          desk.complete(
            call,
            ownGreeting(host, parts.name, parts.version, signInAdvice(gate.commandFor(thrown))),
          );
          return;
        }
        if (!(await goesOn(call, thrown))) return;
      }
    }
  }

  /** The greeting may have gone out for an earlier request of the host. */
  const answerFor = ({ id }: Call, { answer }: Connected): Buffer =>
    answer.envelope.id === id ? answer.bytes : withId(answer, id).bytes;

  const signInAdvice = (command: string): string =>
    `${parts.name} needs a sign-in before it can be used. Run: ${command}`;

  function take(line: Buffer): void {
    const bytes = withoutMark(line);
    const envelope = readEnvelope(bytes);
    if (envelope.kind !== 'batch') return takeOne(bytes, envelope);
    if (envelope.entries.length === 0) return refuse(bytes, true, undefined);
    for (const { start, end } of envelope.entries) {
      const entry = bytes.subarray(start, end);
      takeOne(entry, readEntry(entry));
    }
  }

  function takeOne(line: Buffer, envelope: Envelope | Malformed): void {
    try {
      sort(line, envelope);
    } catch (thrown) {
      const { message } = reasonOf(thrown);
      log(`a message of the host could not be relayed: ${message}`);
      if (envelope.kind !== 'request' || envelope.id === undefined) return;
      const call = calls.get(envelope.id);
      const answer = errorMessage(envelope.id, RPC.internal, `${parts.name}: ${message}`);
      if (call === undefined) output.send(answer);
      else calls.settle(call, answer);
    }
  }

  function sort(line: Buffer, envelope: Envelope | Malformed): void {
    switch (envelope.kind) {
      case 'malformed':
        return refuse(line, envelope.isJson, envelope.id);
      case 'request':
        return takeRequest({ bytes: line, envelope }, envelope.id ?? '');
      case 'notification':
        return takeNotification({ bytes: line, envelope });
      default:
        return takeResponse({ bytes: line, envelope }, envelope.id ?? '');
    }
  }

  function refuse(line: Buffer, isJson: boolean, id: string | undefined): void {
    const what = isJson ? 'is no JSON-RPC message' : 'is not JSON';
    log(`a line of the host ${what}: ${quote(line.toString('utf8', 0, 400), 120)}`);
    if (id !== undefined) output.send(errorMessage(id, RPC.invalidRequest, `This ${what}.`));
  }

  function greetAs(facts: HostFacts): void {
    const isFirst = facts.era === 'legacy' || host.era !== facts.era;
    host = facts;
    if (isFirst) connection.regreet();
  }

  function takeRequest(message: Message, id: string): void {
    const { method } = message.envelope;
    const open = calls.get(id);
    if (open !== undefined) return refuseAgain(open, message);
    const resumed = withoutSignIn(message);
    const call = calls.open(resumed ?? message, id, toolTimeoutMs);
    if (isHidden(message)) {
      const unknown = `Unknown tool: ${quote(nameIn(message) ?? '', 80)}`;
      return calls.settle(call, errorMessage(id, RPC.invalidParams, unknown));
    }
    if (resumed !== undefined) {
      // The person was shown the address, and may still be there.
      void parts
        .gate()
        .settled()
        .then(() => start(call));
      return;
    }
    if (method === 'initialize') {
      greetAs(greetedHost(message));
      void greet(call);
      return;
    }
    if (host.era !== 'legacy' && versionOf(message) !== undefined) greetAs(modernHost(message));
    if (method === 'subscriptions/listen' && host.era === 'modern') {
      call.deadlineMs = Infinity;
      subscriptions.add({ id, wishes: objectIn(paramOf(message, 'notifications')) });
    }
    if (method === 'ping' && connection.current === undefined) return desk.complete(call, '{}');
    if (UNCOUNTED.has(method)) void run(call);
    else start(call);
  }

  const start = (call: Call): void => turnstile.enter(call, () => void run(call));

  /** Two requests get two answers; a request that is only sent again gets the one that it waits for. */
  function refuseAgain({ id, message: open }: Call, message: Message): void {
    log(`the host used the id ${quote(id, 40)} again before it was answered`);
    if (open.bytes.equals(message.bytes)) return;
    output.send(errorMessage(id, RPC.invalidRequest, 'A request with this id is still open.'));
  }

  /** Whether a message calls a tool that nobody may call; says so. */
  function isHidden(message: Message): boolean {
    if (message.envelope.method !== 'tools/call') return false;
    const name = nameIn(message) ?? '';
    if (parts.tools.isCallable(name)) return false;
    log(`refused a call of the tool ${quote(name, 80)}, which is hidden`);
    return true;
  }

  function takeNotification(message: Message): void {
    const { method } = message.envelope;
    if (method === 'notifications/cancelled') return cancel(message);
    if (method === 'notifications/initialized') {
      host = { ...host, ready: true };
      const { current } = connection;
      if (current === undefined) return;
      const sent = pass(current.translation.notify(message), method).then(() => {
        if (connection.current === current) current.translation.start();
      });
      barrier = sent.finally(() => {
        barrier = undefined;
      });
      return;
    }
    // Without an id it is no call, but nobody can be sure that the server thinks so too.
    if (isHidden(message)) return;
    const { current } = connection;
    if (current !== undefined) void pass(notify(current, message), method);
  }

  /** A session that is gone takes no notification with it, except the progress of what it had asked. */
  async function notify(used: Connected, message: Message): Promise<void> {
    try {
      await used.translation.notify(message);
    } catch (thrown) {
      const isOver = message.envelope.method === 'notifications/progress';
      if (!(thrown instanceof SessionLost) || isOver) throw thrown;
      connection.drop(used);
      const { translation } = await connection.get();
      await translation.notify(message);
    }
  }

  function takeResponse(message: Message, id: string): void {
    if (calls.respond(id, message)) return;
    const { current } = connection;
    // Never sent to another session: there, the same id may be of a question that the person has not seen.
    if (current !== undefined) void pass(current.translation.respond(message), 'an answer of the host');
  }

  function cancel(message: Message): void {
    const requestId = paramOf(message, 'requestId');
    const call = calls.get(JSON.stringify(requestId) ?? '');
    const { current } = connection;
    if (call === undefined) {
      if (current !== undefined) void pass(current.translation.notify(message), 'a cancellation');
      return;
    }
    calls.settle(call, undefined);
    // What has not been sent need not be taken back.
    if (current !== undefined && call.abort !== undefined)
      void pass(current.translation.cancel(call, message), 'a cancellation');
  }

  /** What nobody waits for: trouble with it is a line, and a session that is gone is begun anew. */
  function pass(work: Promise<void>, what: string): Promise<void> {
    const used = connection.current;
    return work.catch((thrown: unknown) => {
      if (!(thrown instanceof SessionLost)) return log(`${what}: ${reasonOf(thrown).message}`);
      connection.drop(used);
      log(`${what} was lost with the session`);
    });
  }

  function expire(call: Call): void {
    const seconds = (call.method === 'initialize' ? startupTimeoutMs : toolTimeoutMs) / 1000;
    desk.fail(
      call,
      new McpassError('timeout', `No answer to ${quote(call.method, 60)} in ${seconds} s.`, {
        step: 'session',
        fault: 'server',
      }),
    );
    const { current } = connection;
    if (current === undefined || call.abort === undefined) return call.abort?.();
    const requestId: unknown = JSON.parse(call.id);
    const notice = createMessage('notifications/cancelled', JSON.stringify({ requestId, reason: 'timeout' }));
    void pass(current.translation.cancel(call, notice), 'a cancellation');
  }

  function tellNews(): void {
    announceChanges(host, output, subscriptions);
    const { current } = connection;
    const unheard = hasPromised && current !== undefined ? judgeUnheard(host, current.result) : undefined;
    if (unheard !== undefined) log(unheard);
    const waiting = [...parked];
    parked.clear();
    for (const call of waiting) if (!call.settled) void run(call);
  }

  return {
    take,
    overflow(beginning) {
      log(`a line of the host is longer than any message: ${quote(beginning.toString('utf8', 0, 200), 60)}`);
      const id = idOfBeginning(withoutMark(beginning));
      if (id !== undefined) output.send(errorMessage(id, RPC.invalidRequest, 'This message is too long.'));
    },
    isFull: turnstile.isFull,
    whenRoom: turnstile.whenRoom,
    signedIn: news.bring,
    async close(withinMs) {
      news.stop();
      for (const call of calls.all()) if (call.deadlineMs === Infinity) calls.settle(call, undefined);
      await Promise.race([calls.idle(), parts.clock.wait(withinMs)]);
      const over = new McpassError('interrupted', 'The bridge was ended.', {
        step: 'session',
        fault: 'yours',
      });
      turnstile.stop();
      for (const call of calls.all()) desk.fail(call, over);
      calls.stop();
      await connection.close(FAREWELL_MS);
    },
  };
}
