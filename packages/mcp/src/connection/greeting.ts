import { isMcpassError, type JsonObject, mayTakeAnotherWay, objectIn } from '@mcpass/auth';
import { sessionFailure, unknownRevision } from '../failure.js';
import type { Message } from '../message/envelope.js';
import { valueAt } from '../message/json-scan.js';
import { isTooDeep } from '../message/json-depth.js';
import { createMessage } from '../message/message.js';
import { LEGACY_VERSIONS, metaText, MODERN_VERSION } from '../message/meta.js';
import { RPC } from '../message/rpc.js';
import { headersOf } from '../message/standard-headers.js';
import type { HeaderFields } from '../transport/header-fields.js';
import { openHttpSse } from '../transport/http-sse.js';
import { request } from '../transport/outgoing-request.js';
import { createStreamableHttp, type TransportParts } from '../transport/streamable-http.js';
import type { Transport } from '../transport/transport.js';
import type { HostFacts } from '../translation/host-facts.js';

/** A server that has been greeted. */
export interface Greeted {
  readonly transport: Transport;
  /** The server's answer to `initialize` or `server/discover`, with its id. */
  readonly answer: Message;
  /** The result in it. */
  readonly result: JsonObject;
}

export interface GreetingParts extends TransportParts {
  newId(): string;
  /** Aborted when the greeting takes too long. */
  readonly signal: AbortSignal;
}

/** A revision as it may go out again in a header. */
const REVISION = /^[\w.-]{1,40}$/;
/** Milliseconds that the end of a session may take that nobody will use. */
const LEAVE_MS = 2_000;

/** The server does not speak that way: with an answer that says so, or for a reason. */
class NotThisWay extends Error {
  readonly answer: Message | undefined;
  readonly reason: unknown;

  constructor(answer: Message | undefined, reason?: unknown) {
    super('not this way');
    this.name = 'NotThisWay';
    this.answer = answer;
    this.reason = reason;
  }
}

/**
 * Greets the server the way the host speaks first, so that as little as possible has to be translated, and else the
 * other way (2026-07-28 basic/versioning, transports "Backward Compatibility"; 2025-11-25 transports, the same).
 * Rejects with `McpassError`. A server that answers the greeting with an error of its own has been heard: that is in
 * `answer`, and `result` is empty.
 */
export async function greet(host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  const startsModern = (host.greetsAs ?? host.era) === 'modern';
  const ways = startsModern ? [discover, initialize, old] : [initialize, old, discover];
  const refusals: { readonly way: (typeof ways)[number]; readonly refusal: NotThisWay }[] = [];
  for (const way of ways) {
    const first = refusals[0]?.refusal;
    // Who answered a POST in JSON-RPC does not speak the old transport; who did not has no newer one than `initialize`.
    if (first !== undefined && way === (first.answer === undefined ? discover : old)) continue;
    try {
      return await way(host, parts);
    } catch (thrown) {
      if (!(thrown instanceof NotThisWay)) throw thrown;
      refusals.push({ way, refusal: thrown });
    }
  }
  const first = refusals[0]?.refusal;
  // The one that every server knows: what it says to that is meant.
  const said = refusals.find(({ way }) => way === initialize)?.refusal.answer ?? first?.answer;
  if (said !== undefined && said.envelope.error !== undefined) {
    const transport = createStreamableHttp(host.era ?? 'legacy', parts);
    return { transport, answer: said, result: {} };
  }
  throw first?.reason ?? sessionFailure('answer_invalid', 'The server speaks no MCP that this client knows.');
}

async function discover(host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  const transport = createStreamableHttp('modern', parts);
  const ask = async (): Promise<Heard> => {
    const message = createMessage('server/discover', `{"_meta":${metaText(host)}}`, parts.newId());
    return await heard(transport, message, parts.signal, headersOf(message, MODERN_VERSION));
  };
  // "Protocol Version Negotiation": the server lists what it takes, and may list what was refused.
  const { answer, result } = await ask().catch((thrown: unknown) => {
    if (thrown instanceof NotThisWay && supportsModern(thrown.answer)) return ask();
    throw thrown;
  });
  const versions = result['supportedVersions'];
  if (!Array.isArray(versions) || !versions.includes(MODERN_VERSION)) throw new NotThisWay(answer);
  transport.agree(MODERN_VERSION);
  return { transport, answer, result };
}

/** An UnsupportedProtocolVersion error that lists the revision that was asked for (2026-07-28 basic/versioning). */
function supportsModern(answer: Message | undefined): boolean {
  if (answer === undefined) return false;
  const { code, data } = objectIn(valueAt(answer.bytes, answer.envelope.error));
  const { supported } = objectIn(data);
  return code === RPC.unsupportedVersion && Array.isArray(supported) && supported.includes(MODERN_VERSION);
}

async function initialize(host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  const transport = createStreamableHttp('legacy', parts);
  return shakeHands(transport, host, parts);
}

/** The HTTP+SSE transport, where POST is met with a refusal ("Backwards Compatibility"). */
async function old(host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  let transport: Transport | undefined;
  try {
    transport = await openHttpSse(parts, parts.signal);
    return await shakeHands(transport, host, parts);
  } catch (thrown) {
    await transport?.close(0);
    if (isMcpassError(thrown) && thrown.code === 'answer_invalid') throw new NotThisWay(undefined, thrown);
    throw thrown;
  }
}

async function shakeHands(transport: Transport, host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  const message = host.initialize ?? initializeFor(host, parts.newId());
  const { answer, result } = await heard(transport, message, parts.signal);
  const version = result['protocolVersion'];
  // The session that it has begun will not be used.
  if (typeof version !== 'string' || !REVISION.test(version)) await transport.leave(LEAVE_MS);
  if (typeof version !== 'string') throw new NotThisWay(answer);
  if (!REVISION.test(version)) throw unknownRevision(version);
  transport.agree(version);
  return { transport, answer, result };
}

function initializeFor(host: HostFacts, id: string): Message {
  const params = {
    protocolVersion: LEGACY_VERSIONS[0],
    capabilities: host.capabilities,
    clientInfo: Object.keys(host.info).length > 0 ? host.info : { name: 'mcpass', version: '0' },
  };
  return createMessage('initialize', JSON.stringify(params), id);
}

/** How a request that the server does not know may be met: accepted as if it were a notification. */
const ACCEPTED = 202;

interface Heard {
  readonly answer: Message;
  readonly result: JsonObject;
}

async function heard(
  transport: Transport,
  message: Message,
  signal: AbortSignal,
  headers?: HeaderFields,
): Promise<Heard> {
  let answer: Message;
  try {
    answer = await request(transport, message, { signal, ...(headers !== undefined && { headers }) });
  } catch (thrown) {
    throw isAnotherWay(thrown, message.envelope.method) ? new NotThisWay(undefined, thrown) : thrown;
  }
  if (answer.envelope.error !== undefined) throw new NotThisWay(answer);
  const result = objectIn(valueAt(answer.bytes, answer.envelope.result));
  if (isTooDeep(result)) {
    throw sessionFailure('answer_invalid', 'The answer to the greeting is nested too deeply.');
  }
  return { answer, result };
}

/** Whether a server that does not answer a greeting may answer another one. */
function isAnotherWay(thrown: unknown, method: string): boolean {
  if (!isMcpassError(thrown)) return false;
  const { status } = thrown.facts;
  if (typeof status === 'number' && mayTakeAnotherWay(status)) return true;
  // Taken and not answered: a server that does not know the method did not know that it was a question.
  const isUnanswered =
    status === ACCEPTED || (thrown.code === 'connection_lost' && thrown.fault === 'server');
  return method === 'server/discover' && isUnanswered;
}
