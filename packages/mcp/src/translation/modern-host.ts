import { randomUUID } from 'node:crypto';
import { type JsonObject, objectIn } from '@mcpass/auth';
import type { Call } from '../calls/call.js';
import type { Message } from '../message/envelope.js';
import { isTooDeep } from '../message/json-depth.js';
import { findMember, isObjectAt, valueAt } from '../message/json-scan.js';
import { createMessage, messageOf, withId } from '../message/message.js';
import { clientOf, META, MODERN_VERSION, paramOf, paramsOf } from '../message/meta.js';
import { errorMessage, resultMessage, RPC } from '../message/rpc.js';
import { insertMembers, splice } from '../message/splice.js';
import { CANCEL_MS, oneWay, requestWithin, sendWithin } from '../transport/outgoing-request.js';
import type { OutgoingRequest, Transport } from '../transport/transport.js';
import { DECLINED, judgeQuestion } from './page-addresses.js';
import { createAnswersToServer } from './answers-to-server.js';
import { answerCall } from './server-answer.js';
import { acknowledge, matches, withSubscription } from './subscriptions.js';
import type { HostContext, Translation } from './translation.js';

/** A call as the server has it: it outlives the host's request when the server asks something in between. */
interface Exchange {
  readonly id: string;
  /** The host's request that is open for it; none while the host makes up its mind. */
  call: Call | undefined;
  /** Questions of the server that the host has not seen yet, then those that it has. */
  readonly queued: Message[];
  readonly asked: Map<string, Message>;
  answer: Message | undefined;
  /** Runs while the host makes up its mind. */
  patience: NodeJS.Timeout | undefined;
  stop: () => void;
}

/** Questions about one call that wait for the host. */
const MOST_QUESTIONS = 100;
/** Milliseconds that a host has to come back with an answer before the call is given up at the server. */
const PATIENCE_MS = 600_000;

/** A state that was given away here: a server with a handshake gives none. */
const OWN_STATE = /^mcpass-\d+$/;
const GONE = 'What was asked about this call is gone with its session. Call again, without requestState.';

/** Results that a client may keep for a while; the newer revision wants it said (server/utilities/caching). */
const CACHEABLE = new Set(
  'tools/list prompts/list resources/list resources/templates/list resources/read'.split(' '),
);

/**
 * A host without a handshake (2026-07-28) and a server that has one. What the server asks in the middle of a call ends
 * the host's request with `input_required`; the call goes on at the server, and the host's next request takes it up.
 */
export function createModernHost(
  transport: Transport,
  host: HostContext,
  initialized: JsonObject,
): Translation {
  const { subscriptions, calls } = host;
  const open = new Map<string, Exchange>();
  const watched = new Set<string>();
  let logLevel: string | undefined;
  let stopped = false;

  async function call(one: Call): Promise<void> {
    if (one.method === 'server/discover') return one.complete(discoverResult(initialized));
    // It stays open until the host gives it up.
    if (one.method === 'subscriptions/listen') return acknowledge(one, host.tell);
    // The state that was given away is the id of the exchange.
    const state = paramOf(one.message, 'requestState');
    const exchange = state === undefined ? undefined : open.get(JSON.stringify(state));
    if (exchange !== undefined) return resume(exchange, one);
    // Begun anew it would be carried out twice.
    if (typeof state === 'string' && OWN_STATE.test(state)) {
      return one.answer(messageOf(errorMessage(one.id, RPC.invalidParams, GONE)));
    }
    await setLogLevel(one);
    await begin(one);
  }

  async function begin(one: Call): Promise<void> {
    const exchange: Exchange = {
      id: calls.newId(),
      call: one,
      queued: [],
      asked: new Map(),
      answer: undefined,
      patience: undefined,
      stop: () => undefined,
    };
    let over = false;
    const outgoing: OutgoingRequest = {
      id: exchange.id,
      method: one.method,
      bytes: withId(one.message, exchange.id).bytes,
      call: one,
      isSettled: () => over,
      receive(answer) {
        over = true;
        exchange.answer = answer;
        deliver(exchange);
      },
      started(abort) {
        exchange.stop = () => {
          over = true;
          abort();
        };
        one.started(exchange.stop);
      },
    };
    open.set(exchange.id, exchange);
    try {
      await transport.send(outgoing);
    } catch (thrown) {
      open.delete(exchange.id);
      // The request that began it may have ended with a question: then another one is told.
      if (exchange.call === undefined || exchange.call === one) throw thrown;
      exchange.call.fail(thrown);
    }
  }

  function deliver(exchange: Exchange): void {
    const { call: one, answer } = exchange;
    if (one === undefined || one.settled) return;
    if (answer !== undefined) {
      open.delete(exchange.id);
      answerCall(one, asModern(withId(answer, one.id), one.method), 'legacy', host);
      return;
    }
    if (exchange.queued.length === 0) return;
    const inputRequests: Record<string, unknown> = {};
    for (const question of exchange.queued.splice(0)) {
      const key = `q${randomUUID()}`;
      exchange.asked.set(key, question);
      const { method } = question.envelope;
      const judged = judgeQuestion(method, paramsOf(question), host.server);
      inputRequests[key] = { method, params: 'params' in judged ? judged.params : {} };
    }
    const requestState: unknown = JSON.parse(exchange.id);
    const result = JSON.stringify({ resultType: 'input_required', inputRequests, requestState });
    awaitHost(exchange);
    one.complete(result);
  }

  function awaitHost(exchange: Exchange): void {
    exchange.call = undefined;
    exchange.patience = setTimeout(
      () => void giveUp(exchange, 'no answer').catch(() => undefined),
      PATIENCE_MS,
    ).unref();
  }

  /** The host comes back with what the server wanted to know. */
  async function resume(exchange: Exchange, one: Call): Promise<void> {
    clearTimeout(exchange.patience);
    exchange.call = one;
    one.started(exchange.stop);
    const { bytes } = one.message;
    const responses = findMember(bytes, one.message.envelope.params, 'inputResponses');
    for (const [key, question] of exchange.asked) {
      const given = isObjectAt(bytes, responses) ? findMember(bytes, responses, key) : undefined;
      if (given === undefined || question.envelope.id === undefined) continue;
      const result = bytes.toString('utf8', given.start, given.end);
      const response = messageOf(resultMessage(question.envelope.id, result));
      exchange.asked.delete(key);
      try {
        await sendWithin(transport, response, host.toolTimeoutMs, host.clock);
      } catch (thrown) {
        // The host may come once more with the same.
        exchange.asked.set(key, question);
        if (open.has(exchange.id) && exchange.call === one) awaitHost(exchange);
        throw thrown;
      }
    }
    // The server was faster with its next question than with taking the answer: that is before the host.
    if (exchange.call !== one) return;
    // "SHOULD respond with a new InputRequiredResult requesting the missing information again."
    exchange.queued.push(...exchange.asked.values());
    exchange.asked.clear();
    deliver(exchange);
  }

  async function giveUp(exchange: Exchange, reason: unknown): Promise<void> {
    open.delete(exchange.id);
    const params = JSON.stringify({ requestId: JSON.parse(exchange.id) as unknown, reason });
    try {
      await sendWithin(transport, createMessage('notifications/cancelled', params), CANCEL_MS, host.clock);
    } finally {
      exchange.stop();
    }
  }

  /** A level in a request is what `logging/setLevel` was before. */
  async function setLogLevel(one: Call): Promise<void> {
    const level = clientOf(one.message).logLevel;
    if (typeof level !== 'string' || level === logLevel) return;
    logLevel = level;
    if (objectIn(initialized['capabilities'])['logging'] === undefined) return;
    const params = JSON.stringify({ level });
    const message = createMessage('logging/setLevel', params, calls.newId());
    await requestWithin(transport, message, host.startupTimeoutMs, host.clock).catch(() => undefined);
  }

  /** Its session is over: nobody could answer what was asked about it. */
  function forget(exchange: Exchange): void {
    open.delete(exchange.id);
    clearTimeout(exchange.patience);
    exchange.stop();
  }

  const exchangeOf = (about: OutgoingRequest | undefined): Exchange | undefined =>
    about?.id === undefined ? undefined : open.get(about.id);

  /** The server's own requests: to whom do they belong? */
  function ask(question: Message, about: OutgoingRequest | undefined): void {
    const { id, method } = question.envelope;
    if (id === undefined) return;
    if (method === 'ping') return reply(resultMessage(id, '{}'));
    const { bytes, envelope } = question;
    const judged = judgeQuestion(method, valueAt(bytes, envelope.params), host.server);
    if ('refusal' in judged) {
      host.onDeclined(paramsOf(question), judged.refusal);
      return reply(resultMessage(id, DECLINED));
    }
    const owner = exchangeOf(about) ?? [...open.values()].at(-1);
    if (owner === undefined) {
      return reply(
        errorMessage(id, RPC.methodNotFound, 'Nothing is under way that this could be asked about.'),
      );
    }
    if (stopped) {
      forget(owner);
      owner.call?.fail(new Error(GONE));
      return;
    }
    if (owner.queued.length + owner.asked.size >= MOST_QUESTIONS || isTooDeep(paramsOf(question))) {
      return reply(errorMessage(id, RPC.internal, 'Too much is asked about one call.'));
    }
    owner.queued.push(question);
    deliver(owner);
  }

  const answers = createAnswersToServer(host, (answer) => transport.send(oneWay(answer)));
  const reply = (bytes: Buffer): void => answers.send(messageOf(bytes));

  /** A change goes to every subscription that asked for it, marked with its id. */
  function announce(message: Message): void {
    for (const { id, wishes } of subscriptions.all()) {
      if (!matches(wishes, message.envelope.method, paramOf(message, 'uri'))) continue;
      host.tell(withSubscription(message, id));
    }
  }

  return {
    call,
    notify: (message) => transport.send(oneWay(message)),
    respond: () => Promise.resolve(host.log('the host answered a question that was not asked')),
    async cancel(one, message) {
      const exchange = [...open.values()].find((candidate) => candidate.call === one);
      const reason = message === undefined ? undefined : paramOf(message, 'reason');
      // It may be of an earlier session.
      if (exchange === undefined) one.abort();
      else await giveUp(exchange, reason);
    },
    fromServer(message, about) {
      const { method, kind } = message.envelope;
      exchangeOf(about)?.call?.deadline.extend();
      if (kind === 'request') return ask(message, about);
      if (method.endsWith('/list_changed') || method === 'notifications/resources/updated')
        return announce(message);
      // "Servers MUST NOT emit notifications/message for requests that did not include this field."
      if (method === 'notifications/message' && logLevel === undefined) return;
      host.tell(message.bytes);
    },
    start() {
      subscriptions.onChange(() => {
        for (const uri of subscriptions.uris()) {
          if (watched.has(uri)) continue;
          watched.add(uri);
          const message = createMessage('resources/subscribe', JSON.stringify({ uri }), calls.newId());
          requestWithin(transport, message, host.startupTimeoutMs, host.clock).catch(() =>
            watched.delete(uri),
          );
        }
      });
      return transport.listen();
    },
    stop() {
      stopped = true;
      // What the host waits for may yet be answered on the stream that it has.
      for (const exchange of open.values()) if (exchange.call === undefined) forget(exchange);
    },
  };
}

/** What the newer revision wants in every result. */
function asModern(message: Message, method: string): Message {
  const { bytes, envelope } = message;
  if (!isObjectAt(bytes, envelope.result)) return message;
  if (findMember(bytes, envelope.result, 'resultType') !== undefined) return message;
  const cache = CACHEABLE.has(method) ? ',"ttlMs":0,"cacheScope":"private"' : '';
  return messageOf(
    splice(bytes, [insertMembers(bytes, envelope.result.start, `"resultType":"complete"${cache}`)]),
  );
}

/** The answer to `server/discover`, made of the server's answer to `initialize`. */
export function discoverResult(initialized: JsonObject): string {
  return JSON.stringify({
    resultType: 'complete',
    supportedVersions: [MODERN_VERSION],
    capabilities: objectIn(initialized['capabilities']),
    ...(typeof initialized['instructions'] === 'string' && { instructions: initialized['instructions'] }),
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { [META.serverInfo]: initialized['serverInfo'] ?? { name: 'unknown', version: '0' } },
  });
}
