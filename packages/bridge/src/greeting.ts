import { isMcpassError, McpassError } from '@mcpass/auth';
import type { Message } from './envelope.js';
import type { HostFacts } from './host-facts.js';
import { createHttpLink, type HttpLinkParts } from './http-link.js';
import { valueAt } from './json-scan.js';
import type { JsonObject } from '@mcpass/mcp/headers';
import type { Link } from './link.js';
import { LEGACY_VERSIONS, MODERN_VERSION, objectIn } from './meta.js';
import { headersOf } from './modern-headers.js';
import { createMessage, nothingUnderWay, request } from './sent.js';
import { openSseLink } from './sse-link.js';
import { metaText } from './tool-listing.js';

/** A server that has been greeted. */
export interface Greeted {
  readonly link: Link;
  /** The server's answer to `initialize` or `server/discover`, with its id. */
  readonly answer: Message;
  /** The result in it. */
  readonly result: JsonObject;
}

export interface GreetingParts extends Omit<HttpLinkParts, 'era'> {
  newId(): string;
  /** Aborted when the greeting takes too long. */
  readonly signal: AbortSignal;
}

/** The server does not speak that way: the answer that said so, where it was one. */
class NotThisWay extends Error {
  readonly answer: Message | undefined;
  readonly reason: unknown;

  constructor(answer: Message | undefined, reason: unknown) {
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
  const ways = host.era === 'modern' ? [discover, initialize, old] : [initialize, old, discover];
  let first: NotThisWay | undefined;
  for (const way of ways) {
    // Who answered a POST in JSON-RPC does not speak the old transport; who did not has no newer one than `initialize`.
    if (first !== undefined && way === (first.answer === undefined ? discover : old)) continue;
    try {
      return await way(host, parts);
    } catch (thrown) {
      if (!(thrown instanceof NotThisWay)) throw thrown;
      first ??= thrown;
    }
  }
  if (first?.answer !== undefined) {
    const link = createHttpLink({ ...parts, era: host.era ?? 'legacy' });
    return { link, answer: first.answer, result: {} };
  }
  throw (
    first?.reason ??
    new McpassError('answer_invalid', 'The server speaks no MCP.', { step: 'session', fault: 'server' })
  );
}

async function discover(host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  const link = createHttpLink({ ...parts, era: 'modern' });
  const message = createMessage('server/discover', `{"_meta":${metaText(host)}}`, parts.newId());
  const { answer, result } = await heard(link, message, parts.signal, headersOf(message, MODERN_VERSION));
  const versions = result['supportedVersions'];
  if (!Array.isArray(versions) || !versions.includes(MODERN_VERSION)) throw new NotThisWay(answer, undefined);
  link.agree(MODERN_VERSION);
  return { link, answer, result };
}

async function initialize(host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  const link = createHttpLink({ ...parts, era: 'legacy' });
  return shakeHands(link, host, parts);
}

/** The HTTP+SSE transport, where POST is met with a refusal ("Backwards Compatibility"). */
async function old(host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  let link: Link | undefined;
  try {
    link = await openSseLink(parts);
    return await shakeHands(link, host, parts);
  } catch (thrown) {
    await link?.close(0);
    if (isMcpassError(thrown) && thrown.code === 'answer_invalid') throw new NotThisWay(undefined, thrown);
    throw thrown;
  }
}

async function shakeHands(link: Link, host: HostFacts, parts: GreetingParts): Promise<Greeted> {
  const message = host.initialize ?? initializeFor(host, parts.newId());
  const { answer, result } = await heard(link, message, parts.signal);
  const version = result['protocolVersion'];
  if (typeof version !== 'string') throw new NotThisWay(answer, undefined);
  link.agree(version);
  // A host that has not said so yet will; a new session behind its back, or one for a host without a handshake, will not.
  if (host.ready) await link.send(nothingUnderWay(createMessage('notifications/initialized', '{}')));
  return { link, answer, result };
}

function initializeFor(host: HostFacts, id: string): Message {
  const params = {
    protocolVersion: LEGACY_VERSIONS[0],
    capabilities: host.capabilities,
    clientInfo: Object.keys(host.info).length > 0 ? host.info : { name: 'mcpass', version: '0' },
  };
  return createMessage('initialize', JSON.stringify(params), id);
}

/** Statuses with which a server says that it does not know this way of speaking, and no word of JSON-RPC. */
const ANOTHER_WAY = new Set([400, 404, 405, 406, 415, 500, 501]);

async function heard(
  link: Link,
  message: Message,
  signal: AbortSignal,
  headers?: Readonly<Record<string, string>>,
): Promise<{ answer: Message; result: JsonObject }> {
  let answer: Message;
  try {
    answer = await request(link, message, { signal, ...(headers !== undefined && { headers }) });
  } catch (thrown) {
    const status = isMcpassError(thrown) ? thrown.facts['status'] : undefined;
    if (typeof status === 'number' && ANOTHER_WAY.has(status)) throw new NotThisWay(undefined, thrown);
    throw thrown;
  }
  if (answer.envelope.error !== undefined) throw new NotThisWay(answer, undefined);
  return { answer, result: objectIn(valueAt(answer.bytes, answer.envelope.result)) };
}
