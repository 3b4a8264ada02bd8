import { type Clock, McpassError, quote } from '@mcpass/auth';
import type { Call } from './call.js';
import { createCallRunner } from './call-runner.js';
import { createCallTable } from './call-table.js';
import type { Connected, Connection } from './connection.js';
import type { Desk } from './desk.js';
import type { Message } from './envelope.js';
import { greetedHost, type HostFacts, modernHost, NO_HOST } from './host-facts.js';
import { createHostLines } from './host-lines.js';
import type { HostOutput } from './host-output.js';
import type { Log } from './log.js';
import { objectIn, paramOf, versionOf } from './meta.js';
import { nameIn } from './modern-headers.js';
import { announceChanges, judgeUnheard, promisedList } from './own-greeting.js';
import { bridgeEnded, errorMessage, reasonOf, resultMessage, RPC } from './rpc-error.js';
import { createMessage } from './sent.js';
import { SessionLost } from './session-loss.js';
import { withoutSignIn } from './sign-in-answer.js';
import type { SignInGate } from './sign-in-gate.js';
import { createSignInNews } from './sign-in-news.js';
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
  /** How slow the host should be, because much waits for the server: between 0 and 1, where calls are refused. */
  load(): number;
  /** The credential has come: connect, and tell the host to look again. */
  signedIn(): void;
  /** Lets the calls in flight end, for so long, and says goodbye to the server. */
  close(withinMs: number): Promise<void>;
}

/** Milliseconds that the end of the session may take at the server. */
const FAREWELL_MS = 700;

/** What waits for no turn: the one stays open for as long as the host does, the other asks if we live. */
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
  /** A call was refused because too many wait. Said once: there may be thousands. */
  let hasRefused = false;

  const desk: Desk = {
    get host() {
      return host;
    },
    tools: parts.tools,
    log,
    startupTimeoutMs,
    toolTimeoutMs,
    answer(call, message) {
      const promised = runner.hasPromised ? promisedList(call.method, message) : undefined;
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
  const runner = createCallRunner({
    name: parts.name,
    version: parts.version,
    clock: parts.clock,
    desk,
    connection,
    startupTimeoutMs,
    gate: parts.gate,
    barrier: () => barrier,
    onConnected: news.connected,
  });
  const lines = createHostLines({ output, log, onMessage: take });

  function take(message: Message): void {
    try {
      sort(message);
    } catch (thrown) {
      const { message: why } = reasonOf(thrown);
      log(`a message of the host could not be relayed: ${why}`);
      const { kind, id } = message.envelope;
      if (kind !== 'request' || id === undefined) return;
      const call = calls.get(id);
      const answer = errorMessage(id, RPC.internal, `${parts.name}: ${why}`);
      if (call === undefined) output.send(answer);
      else calls.settle(call, answer);
    }
  }

  function sort(message: Message): void {
    const { kind, id = '' } = message.envelope;
    switch (kind) {
      case 'request':
        return takeRequest(message, id);
      case 'notification':
        return takeNotification(message);
      default:
        return takeResponse(message, id);
    }
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
      void runner.greet(call);
      return;
    }
    if (host.era !== 'legacy' && versionOf(message) !== undefined) greetAs(modernHost(message));
    if (method === 'subscriptions/listen' && host.era === 'modern') {
      call.deadlineMs = Infinity;
      subscriptions.add({ id, wishes: objectIn(paramOf(message, 'notifications')) });
    }
    if (method === 'ping' && connection.current === undefined) return desk.complete(call, '{}');
    if (UNCOUNTED.has(method)) void runner.run(call);
    else start(call);
  }

  function start(call: Call): void {
    if (turnstile.enter(call, () => void runner.run(call))) return;
    if (!hasRefused) log('refuses calls of the host, because too many wait for the server');
    hasRefused = true;
    const tooMany = `${parts.name}: Too many calls wait for the server. This one was not sent.`;
    calls.settle(call, errorMessage(call.id, RPC.internal, tooMany, { code: 'rate_limited' }));
  }

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
      const mine = sent.finally(() => {
        if (barrier === mine) barrier = undefined;
      });
      barrier = mine;
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
    if (current === undefined) return log('the host answered a question that is not open');
    // A session takes only what answers a question of its own.
    void pass(current.translation.respond(message), 'an answer of the host');
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
    const unheard =
      runner.hasPromised && current !== undefined ? judgeUnheard(host, current.result) : undefined;
    if (unheard !== undefined) log(unheard);
    runner.resume();
  }

  return {
    take: lines.take,
    overflow: lines.overflow,
    load: turnstile.load,
    signedIn: news.bring,
    async close(withinMs) {
      news.stop();
      for (const call of calls.all()) if (call.deadlineMs === Infinity) calls.settle(call, undefined);
      await Promise.race([calls.idle(), parts.clock.wait(withinMs)]);
      turnstile.stop();
      for (const call of calls.all()) desk.fail(call, bridgeEnded());
      calls.stop();
      await connection.close(FAREWELL_MS);
    },
  };
}
