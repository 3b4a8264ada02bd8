import { type Clock, objectIn, quote } from '@mcpass/auth';
import {
  type Call,
  type Connected,
  type Connection,
  createCallRunner,
  createCallTable,
  createComplaints,
  createSubscriptions,
  Deadline,
  errorMessage,
  expireCall,
  failureOf,
  declareExtensions,
  greetedHost,
  type HostContext,
  type HostFacts,
  initializeResult,
  interrupted,
  type Log,
  type Message,
  messageOf,
  modernHost,
  nameIn,
  NO_HOST,
  type Outcome,
  paramOf,
  resultMessage,
  RPC,
  SessionLost,
  type ToolPolicy,
  versionOf,
  withId,
  wordsOf,
} from '@mcpass/mcp/parts';
import { createConcurrencyLimit } from './host/concurrency-limit.js';
import { createHostLines } from './host/lines.js';
import type { HostOutput } from './host/output.js';
import { announceChanges, judgeUnheard, ownGreeting, promisedList } from './sign-in/own-greeting.js';
import { refuseForSignIn, withoutSignIn } from './sign-in/sign-in-answer.js';
import type { SignInGate } from './sign-in/sign-in-gate.js';
import { createSignInNews } from './sign-in/sign-in-news.js';

export interface RelayParts {
  readonly name: string;
  readonly version: string;
  readonly output: HostOutput;
  readonly log: Log;
  readonly clock: Clock;
  readonly tools: ToolPolicy;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  readonly gate: SignInGate;
  readonly server: URL;
  /** MCP extensions that are used on the host's behalf. */
  readonly extensions: readonly string[];
  connect(host: HostContext): Connection;
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
/** What a host asks before anybody wants anything: hosts that start and stop us several times open no browser. */
const BEFORE_NEED = new Set(['server/discover', 'subscriptions/listen', 'ping']);

export function createRelay(parts: RelayParts): Relay {
  const { name, version, output, log, clock, tools, gate, toolTimeoutMs, startupTimeoutMs } = parts;
  const subscriptions = createSubscriptions();
  const limit = createConcurrencyLimit();
  const complaints = createComplaints(log);
  const ending = new AbortController();
  const calls = createCallTable({
    tell: (bytes) => output.send(bytes),
    idOf: (n) => `"mcpass-${n}"`,
    onExpired: (call) => void pass(expireCall(call, connection), 'a cancellation'),
    onSettled: settle,
  });
  let host: HostFacts = NO_HOST;
  /** What must reach the server before anything else: `notifications/initialized`. */
  let barrier: Promise<unknown> | undefined;
  /** A call was refused because too many wait. Said once: there may be thousands. */
  let hasRefused = false;
  /** The host was greeted in the server's name. */
  let hasPromised = false;
  /** Subscriptions that wait for the sign-in. */
  const parked = new Set<Call>();

  const context: HostContext = {
    server: parts.server,
    facts: () => host,
    calls,
    subscriptions,
    tools,
    clock,
    log,
    complaints,
    startupTimeoutMs,
    toolTimeoutMs,
    tell: (bytes) => output.send(bytes),
    onDeclined: (_, reason) => complaints.say('declined', `a question of the server was declined: ${reason}`),
  };
  const connection = parts.connect(context);
  const news = createSignInNews({ connection, log, clock, gate, tell: tellNews });
  const runner = createCallRunner({
    clock,
    connection,
    signal: ending.signal,
    check: gate.check,
    onConnected() {
      news.connected();
      return barrier;
    },
    onTrouble: seeToSignIn,
  });
  const lines = createHostLines({ output, log, onMessage: take });

  function take(message: Message): void {
    try {
      sort(message);
    } catch (thrown) {
      const why = wordsOf(thrown);
      log(`a message of the host could not be relayed: ${why}`);
      const { kind, id } = message.envelope;
      if (kind !== 'request' || id === undefined) return;
      const call = calls.get(id);
      if (call === undefined) output.send(errorMessage(id, RPC.internal, `${name}: ${why}`));
      else call.fail(thrown);
    }
  }

  function sort(message: Message): void {
    const { kind, id = '' } = message.envelope;
    if (kind === 'request') takeRequest(message, id);
    else if (kind === 'notification') takeNotification(message);
    else takeResponse(message, id);
  }

  function settle(call: Call, outcome: Outcome): void {
    subscriptions.remove(call.id);
    if ('answer' in outcome) output.send(shown(call, outcome.answer));
    else if ('failure' in outcome) output.send(failed(call, outcome.failure));
    limit.leave(call);
  }

  /** An answer of the server as the host shall see it. */
  function shown(call: Call, answer: Message): Buffer {
    const promised = hasPromised ? promisedList(call.method, answer) : undefined;
    return promised === undefined ? answer.bytes : resultMessage(call.id, promised);
  }

  function failed(call: Call, thrown: unknown): Buffer {
    const error = failureOf(thrown);
    log(`${call.method}: ${wordsOf(thrown)}`);
    const data = { ...error.toJSON(), ...error.facts };
    return errorMessage(call.id, RPC.internal, `${name}: ${wordsOf(thrown)}`, data);
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
    const timeoutMs = method === 'initialize' ? startupTimeoutMs : toolTimeoutMs;
    const call = calls.open(resumed ?? message, id, new Deadline(timeoutMs));
    if (isHidden(message)) {
      const unknown = `Unknown tool: ${quote(nameIn(message) ?? '', 80)}`;
      return call.answer(messageOf(errorMessage(id, RPC.invalidParams, unknown)));
    }
    if (resumed !== undefined) {
      // The person was shown the address, and may still be there.
      void gate.settled().then(() => start(call));
      return;
    }
    if (method === 'initialize') {
      greetAs(greetedHost(declareExtensions(message, parts.extensions)));
      void greet(call);
      return;
    }
    if (host.era !== 'legacy' && versionOf(message) !== undefined) greetAs(modernHost(message));
    if (method === 'subscriptions/listen' && host.era === 'modern') {
      call.deadline.never();
      subscriptions.add({ id, wishes: objectIn(paramOf(message, 'notifications')) });
    }
    if (method === 'ping' && connection.current === undefined) return call.complete('{}');
    if (UNCOUNTED.has(method)) void runner.run(call);
    else start(call);
  }

  function start(call: Call): void {
    if (limit.enter(call, () => void runner.run(call))) return;
    if (!hasRefused) log('refuses calls of the host, because too many wait for the server');
    hasRefused = true;
    const tooMany = `${name}: Too many calls wait for the server. This one was not sent.`;
    call.answer(messageOf(errorMessage(call.id, RPC.internal, tooMany, { code: 'rate_limited' })));
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
    const tool = nameIn(message) ?? '';
    if (!tools.isHidden(tool) && tools.flawOf(tool) === undefined) return false;
    log(`refused a call of the tool ${quote(tool, 80)}, which is hidden`);
    return true;
  }

  /** The host's `initialize`; while a sign-in is needed it is answered in the server's name. */
  async function greet(call: Call): Promise<void> {
    for (;;) {
      try {
        const { era, answer, result } = await connection.get();
        hasPromised = false;
        // The greeting may have gone out for an earlier request of the host.
        if (era === 'legacy') call.answer(withId(answer, call.id));
        else call.complete(initializeResult(result, host.version));
        return;
      } catch (thrown) {
        if (call.settled) return;
        if (gate.concerns(thrown)) {
          gate.report(thrown);
          hasPromised = true;
          const advice = `${name} needs a sign-in before it can be used. Run: ${gate.commandFor(thrown)}`;
          return call.complete(ownGreeting(host, name, version, advice));
        }
        if (!(await runner.goesOn(call, thrown))) return;
      }
    }
  }

  /** Whether a call that failed for want of a sign-in may go on; undefined where that was not the reason. */
  async function seeToSignIn(call: Call, thrown: unknown): Promise<boolean | undefined> {
    if (!gate.concerns(thrown)) return undefined;
    try {
      if (!BEFORE_NEED.has(call.method) && (await gate.signIn(thrown))) return true;
    } catch (failed) {
      call.fail(failed);
      return false;
    }
    gate.report(thrown);
    if (call.method === 'subscriptions/listen') park(call);
    await refuseForSignIn({ call, thrown, gate, host: context, name, version });
    return false;
  }

  function park(call: Call): void {
    for (const one of parked) if (one.settled) parked.delete(one);
    parked.add(call);
  }

  function takeNotification(message: Message): void {
    const { method } = message.envelope;
    if (method === 'notifications/cancelled') return cancel(message);
    if (method === 'notifications/initialized') return beReady(message);
    // Without an id it is no call, but nobody can be sure that the server thinks so too.
    if (isHidden(message)) return;
    const { current } = connection;
    if (current !== undefined) void pass(notify(current, message), method);
  }

  function beReady(message: Message): void {
    host = { ...host, ready: true };
    const { current } = connection;
    if (current === undefined) return;
    const sent = pass(current.translation.notify(message), message.envelope.method).then(() => {
      if (connection.current === current) void current.translation.start();
    });
    const mine = sent.finally(() => {
      if (barrier === mine) barrier = undefined;
    });
    barrier = mine;
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
    call.giveUp();
    // What has not been sent need not be taken back.
    if (current !== undefined && call.underWay)
      void pass(current.translation.cancel(call, message), 'a cancellation');
  }

  /** What nobody waits for: trouble with it is a line, and a session that is gone is begun anew. */
  function pass(work: Promise<void>, what: string): Promise<void> {
    const used = connection.current;
    return work.catch((thrown: unknown) => {
      if (!(thrown instanceof SessionLost)) return log(`${what}: ${wordsOf(thrown)}`);
      connection.drop(used);
      log(`${what} was lost with the session`);
    });
  }

  function tellNews(): void {
    announceChanges(host, context.tell, subscriptions);
    const { current } = connection;
    const unheard = hasPromised && current !== undefined ? judgeUnheard(host, current.result) : undefined;
    if (unheard !== undefined) log(unheard);
    const waiting = [...parked];
    parked.clear();
    for (const call of waiting) if (!call.settled) void runner.run(call);
  }

  return {
    take: lines.take,
    overflow: lines.overflow,
    load: limit.load,
    signedIn: news.bring,
    async close(withinMs) {
      news.stop();
      for (const call of calls.all()) if (call.deadline.atMs === Infinity) call.giveUp();
      await Promise.race([calls.idle(), clock.wait(withinMs)]);
      limit.stop();
      ending.abort(interrupted('The bridge was ended.'));
      for (const call of calls.all()) call.fail(ending.signal.reason);
      calls.stop();
      await connection.close(FAREWELL_MS);
    },
  };
}
