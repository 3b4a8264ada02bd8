import { isJsonObject, type JsonObject, type McpassError, objectIn, plain, quote } from '@mcpass/auth';
import { failureOf, interrupted, reasonFor, sessionFailure, unknownRevision, wordsOf } from '../failure.js';
import { createComplaints } from '../log.js';
import { type Call, type Outcome } from '../calls/call.js';
import { expireCall, takeBack } from '../connection/call-end.js';
import { createCallRunner } from '../connection/call-runner.js';
import { createCallTable } from '../calls/call-table.js';
import { Deadline } from '../calls/deadline.js';
import { type Connected, createConnection } from '../connection/connection.js';
import { extensionsCapability } from '../message/extensions.js';
import { programHost } from '../translation/host-facts.js';
import type { Message } from '../message/envelope.js';
import { isTooDeep } from '../message/json-depth.js';
import { valueAt } from '../message/json-scan.js';
import { createMessage, messageOf } from '../message/message.js';
import { LEGACY_VERSIONS, paramOf, paramsOf } from '../message/meta.js';
import { errorMessage, resultMessage, RPC } from '../message/rpc.js';
import { createAnswersToServer } from '../translation/answers-to-server.js';
import { createSubscriptions } from '../translation/subscriptions.js';
import type { ToolPolicy } from '../translation/tool-policy.js';
import type { HostContext } from '../translation/translation.js';
import type { AuthorizedHttp } from '../transport/authorized-http.js';
import { createBackPressure } from '../transport/back-pressure.js';
import { headerBytes } from '../transport/header-fields.js';
import { answerQuestion, elicitationCapability, isUndeclared, readQuestion } from './elicitation.js';
import type { Notify } from './notice.js';
import type { PausableClock } from './pausable-clock.js';
import type { SessionOptions } from './session-options.js';

const DEFAULT_STARTUP_MS = 30_000;
const DEFAULT_REQUEST_MS = 60_000;
const TOTAL_FACTOR = 10;
/** Milliseconds that the server's own stream may take to open before a call goes ahead without it. */
const STREAM_MS = 1_000;
/** Questions that are before a person at a time. */
const MOST_QUESTIONS = 16;
/** Questions that are declined without anybody's doing, and told of one by one. */
const MOST_DECLINED = 20;
/** Why a question about a page is refused by a client without anybody who visits it. */
const UNVISITED = 'This client did not declare elicitation of the mode "url".';
/** Milliseconds that the end of the session may take at the server. */
const FAREWELL_MS = 1_000;

export interface ProgramHostParts {
  readonly url: URL;
  readonly http: AuthorizedHttp;
  readonly clock: PausableClock;
  readonly options: Omit<SessionOptions, 'fetch'>;
  readonly tools: ToolPolicy;
  readonly notify: Notify;
  /** The server says that its tools are others now, or has forgotten the session. */
  onToolsChanged(): void;
}

/** A host that is a program in this process: its requests are promises, and it answers the server's questions itself. */
export interface ProgramHost {
  readonly connected: Connected;
  /** Greets the server. */
  open(): Promise<void>;
  /** The result as received. `reports` asks for progress. */
  request(method: string, params: JsonObject, reports?: boolean): Promise<JsonObject>;
  /** Milliseconds for one thing that is asked for, whatever its progress. */
  readonly totalTimeoutMs: number;
  /** Bytes of a result as it came. */
  sizeOf(result: JsonObject): number;
  /** Opens the stream on which a legacy server asks its questions, if it has one. */
  openStream(): Promise<void>;
  /** Ends what is under way, and says goodbye. Never rejects. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(result: JsonObject): void;
  reject(reason: Error): void;
}

export function createProgramHost(parts: ProgramHostParts): ProgramHost {
  const { url, http, clock, options, tools, notify } = parts;
  const { startupTimeoutMs = DEFAULT_STARTUP_MS, requestTimeoutMs = DEFAULT_REQUEST_MS } = options;
  const { totalTimeoutMs = requestTimeoutMs * TOTAL_FACTOR, answer: policy = 'decline' } = options;
  const facts = programHost(options.clientInfo, {
    ...elicitationCapability(policy),
    ...extensionsCapability(options.extensions),
  });
  const waiting = new Map<string, Waiting>();
  const questions = new Map<string, AbortController>();
  const ending = new AbortController();
  /** What is being told the server about calls that were given up. */
  const parting = new Set<Promise<unknown>>();
  /** The opening of the server's own stream, by connection. */
  const streams = new WeakMap<Connected, Promise<void>>();
  const log = (text: string): void => notify({ type: 'oddity', text });
  /** Bytes of results, for those who collect them. */
  const sizes = new WeakMap<JsonObject, number>();
  let wantsStream = false;
  let declined = 0;
  let connected: Connected | undefined;
  let closing: Promise<void> | undefined;

  const calls = createCallTable({
    tell: receive,
    // All ids are ours, and a number is what most servers have seen.
    idOf: String,
    pausedMs: () => clock.pausedMs,
    onExpired: (call) => part(expireCall(call, connection)),
    onSettled: settle,
  });
  const context: HostContext = {
    server: url,
    facts: () => facts,
    calls,
    subscriptions: createSubscriptions(),
    tools,
    clock,
    log,
    complaints: createComplaints(log),
    startupTimeoutMs: atMost(startupTimeoutMs),
    toolTimeoutMs: atMost(requestTimeoutMs),
    tell: receive,
    onDeclined(params, reason) {
      const { mode, message } = readQuestion(params);
      declined += 1;
      if (declined > MOST_DECLINED) return context.complaints.say('declined', 'a question was declined');
      notify({ type: 'question', mode, message, action: 'decline', reason });
    },
  };
  const connection = createConnection({
    greeting: {
      url,
      http,
      backPressure: createBackPressure({ isFull: () => false, whenDrained: () => undefined }),
      userAgent: headerBytes(`${options.clientInfo.name}/${options.clientInfo.version}`) ?? 'mcpass',
    },
    host: context,
    clock,
    log,
    listens: false,
    // An optional stream that is refused is no stream.
    onRefused: () => false,
    onConnected(made) {
      if (connected !== undefined) parts.onToolsChanged();
      connected = made;
      const protocolVersion = String(made.result['protocolVersion'] ?? versionsIn(made.result));
      notify({ type: 'connected', era: made.era, protocolVersion, transport: made.kind });
    },
  });
  const answers = createAnswersToServer(context, async (answer) =>
    connection.current?.translation.respond(answer),
  );
  const runner = createCallRunner({
    clock,
    connection,
    signal: ending.signal,
    // In the place of a lost session the server has its stream again before the call that it may have a question about.
    onConnected: () => (wantsStream ? openStream() : undefined),
  });

  function settle(call: Call, outcome: Outcome): void {
    const promise = waiting.get(call.id);
    waiting.delete(call.id);
    try {
      if ('answer' in outcome) promise?.resolve(resultOf(call, outcome.answer));
      else promise?.reject('failure' in outcome ? reasonFor(outcome.failure) : interrupted('Given up.'));
    } catch (thrown) {
      promise?.reject(failureOf(thrown));
    }
  }

  function resultOf(call: Call, answer: Message): JsonObject {
    const { bytes, envelope } = answer;
    if (envelope.error !== undefined) throw refused(call.method, valueAt(bytes, envelope.error));
    const result = valueAt(bytes, envelope.result);
    if (!isJsonObject(result)) throw unusable(call.method, 'its result is no object');
    if (isTooDeep(result)) throw unusable(call.method, 'it is nested too deeply');
    sizes.set(result, bytes.length);
    const { resultType = 'complete' } = result;
    if (connected?.era === 'modern' && resultType !== 'complete') {
      throw unusable(call.method, `nobody knows results of the type ${quote(String(resultType), 40)}`);
    }
    return result;
  }

  /** What the server says besides answers. */
  function receive(bytes: Buffer): void {
    const message = messageOf(bytes);
    const { kind, method, id } = message.envelope;
    if (kind === 'request' && id !== undefined) {
      answerServer(message, id).catch((thrown: unknown) =>
        log(`a question was not answered: ${wordsOf(thrown)}`),
      );
      return;
    }
    switch (method) {
      case 'notifications/progress':
        return progress(message);
      case 'notifications/message':
        return notify({
          type: 'server_log',
          level: String(paramOf(message, 'level')),
          data: paramOf(message, 'data'),
        });
      case 'notifications/tools/list_changed':
        return parts.onToolsChanged();
      case 'notifications/cancelled':
        return questions.get(JSON.stringify(paramOf(message, 'requestId')))?.abort();
      default:
    }
  }

  function progress(message: Message): void {
    const { progressToken, ...rest } = paramsOf(message);
    const call = calls.get(JSON.stringify(progressToken) ?? '');
    if (call === undefined || typeof rest['progress'] !== 'number') return;
    call.deadline.extend();
    options.onProgress?.({
      progress: rest['progress'],
      ...(typeof rest['total'] === 'number' && { total: rest['total'] }),
      ...(typeof rest['message'] === 'string' && { message: rest['message'] }),
    });
  }

  async function answerServer(question: Message, id: string): Promise<void> {
    const response = messageOf(await responseTo(question, id));
    if (!calls.respond(id, response)) answers.send(response);
  }

  async function responseTo(question: Message, id: string): Promise<Buffer> {
    const { method } = question.envelope;
    if (method === 'ping') return resultMessage(id, '{}');
    if (method !== 'elicitation/create') {
      return errorMessage(id, RPC.methodNotFound, `This client does not do ${plain(method, 60)}.`);
    }
    const params = paramsOf(question);
    // 2025-11-25 client/elicitation, "Error Handling"; 2026-07-28 has no errors in place of an answer.
    if (connected?.era === 'legacy' && isUndeclared(params, policy)) {
      context.onDeclined(params, UNVISITED);
      return errorMessage(id, RPC.invalidParams, UNVISITED);
    }
    if (questions.size >= MOST_QUESTIONS) return resultMessage(id, '{"action":"cancel"}');
    const taken = new AbortController();
    questions.set(id, taken);
    try {
      const signal = AbortSignal.any([taken.signal, ending.signal]);
      const answer = await answerQuestion(params, { policy, clock, notify, signal });
      return resultMessage(id, JSON.stringify(answer));
    } finally {
      questions.delete(id);
    }
  }

  /** What is told the server about a call that is over: closing waits for it a little. */
  function part(said: Promise<void>): void {
    const parted = said.catch((thrown: unknown) => log(`a cancellation was lost: ${wordsOf(thrown)}`));
    parting.add(parted);
    void parted.finally(() => parting.delete(parted));
  }

  function end(reason: McpassError): void {
    if (ending.signal.aborted) return;
    ending.abort(reason);
    for (const call of calls.all()) {
      call.fail(reason);
      part(takeBack(call, 'interrupted', connection));
    }
  }

  const { signal } = options;
  const onAbort = (): void => {
    const ours = failureOf(signal?.reason);
    end(ours.code === 'internal' ? interrupted('The request was aborted.', signal?.reason) : ours);
  };
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });

  /** The work, but no longer than that; whatever comes of it. */
  async function within(ms: number, work: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const patience = clock.wait(ms, over.signal).catch(() => undefined);
    await Promise.race([work.catch(() => undefined), patience]);
    over.abort();
  }

  /** The work, unless the session ends before. */
  function untilEnd<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = (): void => reject(ending.signal.reason);
      if (ending.signal.aborted) stop();
      ending.signal.addEventListener('abort', stop, { once: true });
      work.then(resolve, reject).finally(() => ending.signal.removeEventListener('abort', stop));
    });
  }

  function openStream(): Promise<void> {
    wantsStream = true;
    const { current } = connection;
    if (current?.era !== 'legacy' || ending.signal.aborted) return Promise.resolve();
    // A server may send the headers of this stream with the first event only.
    const opened = streams.get(current) ?? within(STREAM_MS, current.translation.start());
    streams.set(current, opened);
    return opened;
  }

  async function sayGoodbye(): Promise<void> {
    end(interrupted('The session was closed.'));
    signal?.removeEventListener('abort', onAbort);
    calls.stop();
    await within(FAREWELL_MS, Promise.all(parting));
    await connection.close(FAREWELL_MS);
  }

  return {
    get connected() {
      if (connected === undefined) throw new TypeError('The session was not opened.');
      return connected;
    },
    async open() {
      const made = await untilEnd(connection.get()).catch((thrown: unknown) => {
        throw reasonFor(thrown);
      });
      const { bytes, envelope } = made.answer;
      if (envelope.error !== undefined) throw refused('the greeting', valueAt(bytes, envelope.error));
      const version = made.result['protocolVersion'];
      if (made.era === 'legacy' && !LEGACY_VERSIONS.includes(String(version)))
        throw unknownRevision(String(version));
    },
    request(method, params, reports = false) {
      if (ending.signal.aborted) return Promise.reject(ending.signal.reason);
      const id = calls.newId();
      const meta = reports
        ? { _meta: { ...objectIn(params['_meta']), progressToken: JSON.parse(id) as unknown } }
        : {};
      const message = createMessage(method, JSON.stringify({ ...params, ...meta }), id);
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        void runner.run(calls.open(message, id, new Deadline(requestTimeoutMs, totalTimeoutMs)));
      });
    },
    totalTimeoutMs,
    sizeOf: (result) => sizes.get(result) ?? 0,
    openStream,
    close: () => (closing ??= sayGoodbye()),
  };
}

/** Longest delay that a timer takes, in milliseconds. */
function atMost(ms: number): number {
  return Math.min(ms, 2_147_483_647);
}

function versionsIn({ supportedVersions }: JsonObject): unknown {
  return Array.isArray(supportedVersions) ? supportedVersions[0] : '';
}

/** A JSON-RPC error, as received. */
function refused(doing: string, error: unknown): McpassError {
  const { code, message } = objectIn(error);
  const text = `The server refused ${doing}: ${quote(String(message))} (JSON-RPC error ${Number(code)}).`;
  return sessionFailure('server_error', text, { facts: { rpcCode: Number(code) }, cause: error });
}

function unusable(doing: string, why: string): McpassError {
  return sessionFailure('answer_invalid', `The answer to ${doing} cannot be used: ${why}.`);
}
