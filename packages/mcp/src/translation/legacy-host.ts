import { isJsonObject, isMcpassError, type JsonObject, objectIn, quote } from '@mcpass/auth';
import type { Call } from '../calls/call.js';
import { sessionFailure } from '../failure.js';
import type { Message } from '../message/envelope.js';
import { findMember, isObjectAt, valueAt } from '../message/json-scan.js';
import { createMessage, messageOf, withId } from '../message/message.js';
import { LEGACY_VERSIONS, META, metaSpan, metaText, MODERN_VERSION, paramOf } from '../message/meta.js';
import { type Edit, insertMembers, splice } from '../message/splice.js';
import { headersOf } from '../message/standard-headers.js';
import { oneWay, outgoingCall, request } from '../transport/outgoing-request.js';
import { createReconnection } from '../retry/reconnection.js';
import type { Transport } from '../transport/transport.js';
import { isMismatch } from './modern-pass-through.js';
import { inputRequestsIn } from './input-required.js';
import { DECLINED, judgeQuestion } from './page-addresses.js';
import { answerCall } from './server-answer.js';
import { learnTools } from './tool-listing.js';
import type { HostContext, Translation } from './translation.js';

/** Times that one call may ask for more input before it is given up. */
const ROUND_LIMIT = 20;
/** Notifications of a host that the newer revision has no use for; an extension may have others. */
const GONE = new Set([
  'notifications/cancelled',
  'notifications/initialized',
  'notifications/progress',
  'notifications/roots/list_changed',
]);

/**
 * A host that speaks with a handshake and a server that has none (2026-07-28). Requests get the `_meta` that the server
 * wants; what the server asks by `input_required` becomes the requests that the host knows (basic/patterns/mrtr).
 */
export function createLegacyHost(
  transport: Transport,
  host: HostContext,
  capabilities: JsonObject,
): Translation {
  const watched = new Set<string>();
  let logLevel: string | undefined;
  let listening: AbortController | undefined;

  /** One round: the call with its extra members, under an id of its own. */
  function round(call: Call, id: string, extra: string): Promise<Message> {
    const message = withMeta(withId(call.message, id), extra);
    const headers = host.tools.headersFor(message);
    return new Promise((resolve, reject) => {
      transport.send(outgoingCall(call, message.bytes, id, resolve, headers)).catch(reject);
    });
  }

  function withMeta({ bytes, envelope }: Message, extra: string): Message {
    const fields = metaText(host.facts(), logLevel).slice(1, -1);
    const span = metaSpan({ bytes, envelope });
    const edits: Edit[] = [];
    if (span !== undefined) edits.push(insertMembers(bytes, span.start, fields));
    const members = [
      ...(span === undefined ? [`"_meta":{${fields}}`] : []),
      ...(extra === '' ? [] : [extra]),
    ].join(',');
    if (!isObjectAt(bytes, envelope.params))
      edits.push(insertMembers(bytes, envelope.start, `"params":{${members}}`));
    else if (members !== '') edits.push(insertMembers(bytes, envelope.params.start, members));
    return messageOf(splice(bytes, edits));
  }

  async function call(one: Call): Promise<void> {
    let answer = await round(one, one.id, '');
    if (isMismatch(answer)) {
      await learnTools(transport, host);
      answer = await round(one, host.calls.newId(), '');
    }
    for (let count = 0; count < ROUND_LIMIT; count += 1) {
      const wanted = one.settled ? undefined : inputRequestsIn(answer);
      if (wanted === undefined || wanted === 'unreadable') {
        answerCall(one, withId(answer, one.id), 'modern', host);
        return;
      }
      const extra = await gather(one, wanted, answer, host);
      // "The JSON-RPC id MUST be different between the initial request and the retry."
      if (!one.settled) answer = await round(one, host.calls.newId(), extra);
    }
    throw sessionFailure('answer_invalid', `The server asked ${ROUND_LIMIT} times for more input.`);
  }

  const setWatched = (one: Call, wants: boolean): void => {
    const uri = paramOf(one.message, 'uri');
    if (typeof uri === 'string') {
      if (wants) watched.add(uri);
      else watched.delete(uri);
      restart();
    }
    one.complete('{}');
  };

  /** Answered here: the newer revision has no such methods. */
  const LOCAL: Readonly<Record<string, (one: Call) => void>> = {
    ping: (one) => one.complete('{}'),
    'logging/setLevel': (one) => {
      const level = paramOf(one.message, 'level');
      if (typeof level === 'string') logLevel = level;
      one.complete('{}');
    },
    'resources/subscribe': (one) => setWatched(one, true),
    'resources/unsubscribe': (one) => setWatched(one, false),
  };

  /** Keeps one `subscriptions/listen` open: what a GET stream was before (basic/patterns/subscriptions). */
  async function listen(signal: AbortSignal): Promise<void> {
    const has = (name: string, what: string) => objectIn(capabilities[name])[what] === true;
    const wishes = {
      ...(has('tools', 'listChanged') && { toolsListChanged: true }),
      ...(has('prompts', 'listChanged') && { promptsListChanged: true }),
      ...(has('resources', 'listChanged') && { resourcesListChanged: true }),
      ...(watched.size > 0 && { resourceSubscriptions: [...watched] }),
    };
    if (Object.keys(wishes).length === 0) return;
    const reconnection = createReconnection();
    while (!signal.aborted) {
      const params = `{"_meta":${metaText(host.facts())},"notifications":${JSON.stringify(wishes)}}`;
      const message = createMessage('subscriptions/listen', params, host.calls.newId());
      const began = performance.now();
      try {
        const answer = await request(transport, message, {
          headers: headersOf(message, MODERN_VERSION),
          signal,
        });
        if (answer.envelope.error !== undefined) return;
      } catch (thrown) {
        if (signal.aborted || (isMcpassError(thrown) && thrown.fault === 'yours')) return;
      }
      const livedMs = performance.now() - began;
      await host.clock.wait(reconnection.after({ livedMs }), signal).catch(() => undefined);
    }
  }

  const restart = (): void => {
    listening?.abort(new Error('listening ended'));
    listening = new AbortController();
    void listen(listening.signal);
  };

  return {
    async call(one) {
      const local = LOCAL[one.method];
      if (local === undefined) await call(one);
      else local(one);
    },
    async notify(message) {
      if (GONE.has(message.envelope.method)) return;
      await transport.send(oneWay(message, headersOf(message, MODERN_VERSION)));
    },
    async respond() {
      host.log('the host answered a question that was not asked');
    },
    async cancel(one) {
      one.abort();
    },
    fromServer({ bytes, envelope }, about) {
      about?.call?.deadline.extend();
      if (envelope.kind === 'request')
        return host.complaints.say('request', 'the server sent a request, which its revision does not have');
      if (envelope.method !== 'notifications/subscriptions/acknowledged') host.tell(bytes);
    },
    start() {
      restart();
      return Promise.resolve();
    },
    stop: () => listening?.abort(new Error('listening ended')),
  };
}

/** Asks the host everything that the server wants to know; the members of the next round as JSON text. */
async function gather(
  call: Call,
  requests: JsonObject,
  { bytes, envelope }: Message,
  host: HostContext,
): Promise<string> {
  const responses: string[] = [];
  for (const [key, wanted] of Object.entries(requests)) {
    if (!isJsonObject(wanted) || typeof wanted['method'] !== 'string') continue;
    const { method } = wanted;
    const judged = judgeQuestion(method, wanted['params'], host.server);
    if ('refusal' in judged) {
      host.onDeclined(objectIn(wanted['params']), judged.refusal);
      responses.push(`${JSON.stringify(key)}:${DECLINED}`);
      continue;
    }
    const response = await host.calls.ask(call, method, JSON.stringify(judged.params));
    const { result } = response.envelope;
    if (result !== undefined) {
      responses.push(`${JSON.stringify(key)}:${response.bytes.toString('utf8', result.start, result.end)}`);
    } else if (method === 'elicitation/create') {
      responses.push(`${JSON.stringify(key)}:{"action":"cancel"}`);
    } else {
      const error = objectIn(valueAt(response.bytes, response.envelope.error));
      const why = quote(String(error['message']), 200);
      throw sessionFailure('answer_invalid', `The host does not do ${quote(method, 60)}: ${why}.`);
    }
  }
  const state = findMember(bytes, envelope.result, 'requestState');
  return [
    ...(responses.length > 0 ? [`"inputResponses":{${responses.join(',')}}`] : []),
    ...(state === undefined ? [] : [`"requestState":${bytes.toString('utf8', state.start, state.end)}`]),
  ].join(',');
}

/** The answer to the host's `initialize`, made of what the server said when it was discovered. */
export function initializeResult(discovered: JsonObject, asked: string): string {
  const meta = objectIn(discovered['_meta']);
  return JSON.stringify({
    protocolVersion: LEGACY_VERSIONS.includes(asked) ? asked : LEGACY_VERSIONS[0],
    capabilities: objectIn(discovered['capabilities']),
    // A draft of 2026-07-28 had it in the result itself.
    serverInfo: meta[META.serverInfo] ?? discovered['serverInfo'] ?? { name: 'unknown', version: '0' },
    ...(typeof discovered['instructions'] === 'string' && { instructions: discovered['instructions'] }),
  });
}
