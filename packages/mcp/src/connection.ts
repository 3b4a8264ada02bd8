import {
  Client,
  SdkErrorCode,
  SdkHttpError,
  type jsonSchemaValidator,
  type PriorDiscovery,
} from '@modelcontextprotocol/client';

import { LONGEST_DELAY_MS, startDeadline, waitUnlessAborted } from './deadline.js';
import { createEnding } from './ending.js';
import { answerQuestions, elicitationCapability } from './elicitation.js';
import { isPassedOn, judgeFailure, rpcErrorIn, type Thrown } from './failure.js';
import type { Hold } from './hold.js';
import { isJsonObject, type JsonObject } from './json.js';
import type { Era, Notify } from './notice.js';
import type { SessionOptions } from './session-options.js';
import type { ServerInfo } from './session.js';
import { Wire, type WireKind } from './wire.js';

/** A server that has been greeted. */
export interface Connection {
  readonly client: Client;
  readonly wire: Wire;
  readonly era: Era;
  readonly protocolVersion: string;
  readonly serverInfo: ServerInfo | undefined;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

export interface ConnectOptions {
  readonly url: URL;
  readonly session: SessionOptions;
  readonly hold: Hold;
  readonly thrown: Thrown;
  readonly notify: Notify;
  /** Called when the server says that its tools are others now. */
  readonly onToolsChanged: () => void;
  /** Ends the attempt; its reason is what the attempt rejects with. */
  readonly signal: AbortSignal;
}

/** Milliseconds that a server of 2024-11-05 has for its first event. */
const OLD_GREETING_MS = 5000;

/**
 * Greets the server in the newest way that it understands: `server/discover`, else `initialize`, else the HTTP+SSE
 * transport of 2024-11-05. Rejects with what {@link judgeFailure} makes of the first refusal.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  try {
    return await greetInAnyEra(options);
  } catch (failure) {
    if (options.signal.aborted) throw options.signal.reason;
    throw judgeFailure(failure, options.thrown, 'the greeting');
  }
}

async function greetInAnyEra(options: ConnectOptions): Promise<Connection> {
  try {
    return await greet(options, 'http');
  } catch (failure) {
    const next = nextGreeting(failure);
    if (next === undefined || options.signal.aborted) throw failure;
    try {
      return next === 'initialize'
        ? await greet(options, 'http', { kind: 'legacy' })
        : await greetOldServer(options);
    } catch (second) {
      // That the older way fails too is no news and would hide the reason; what `fetch` threw is news.
      throw isPassedOn(second, options.thrown) ? second : failure;
    }
  }
}

function nextGreeting(failure: unknown): 'initialize' | 'sse' | undefined {
  if (!(failure instanceof SdkHttpError) || rpcErrorIn(failure) !== undefined) return undefined;
  const { code, status } = failure;
  if (code === SdkErrorCode.EraNegotiationFailed) {
    // The SDK takes every 5xx for an outage. Servers that do not know the method answer so too.
    return status === 500 || status === 501 ? 'initialize' : undefined;
  }
  // 2025-11-25 transports, "Backwards Compatibility".
  return status === 400 || status === 404 || status === 405 ? 'sse' : undefined;
}

async function greetOldServer(options: ConnectOptions): Promise<Connection> {
  const deadline = startDeadline({
    waitingFor: 'the first event of the HTTP+SSE transport',
    idleMs: OLD_GREETING_MS,
    hold: options.hold,
    ending: createEnding(options.signal),
  });
  try {
    return await greet({ ...options, signal: deadline.signal }, 'sse', { kind: 'legacy' });
  } finally {
    deadline.end();
  }
}

async function greet(options: ConnectOptions, kind: WireKind, prior?: PriorDiscovery): Promise<Connection> {
  const { url, session, thrown, notify, signal } = options;
  const wire = new Wire({ url, kind, fetch: session.fetch, thrown, notify });
  const client = createClient(options);
  try {
    // The clock is ours, because it stands still during a sign-in; the SDK's never strikes.
    const greeting = client.connect(wire, { timeout: LONGEST_DELAY_MS, ...(prior && { prior }) });
    await waitUnlessAborted(signal, greeting);
  } catch (error) {
    await wire.close();
    // The old transport tells only that its stream failed, not what `fetch` threw.
    throw wire.streamError ?? error;
  }
  return describe(client, wire, notify);
}

function createClient(options: ConnectOptions): Client {
  const { session, hold, notify } = options;
  const policy = session.answer ?? 'decline';
  const client = new Client(
    { ...session.clientInfo },
    {
      capabilities: elicitationCapability(policy),
      versionNegotiation: { mode: 'auto' },
      jsonSchemaValidator: NO_VALIDATION,
    },
  );
  answerQuestions(client, policy, hold, notify);
  client.setNotificationHandler('notifications/message', ({ params }) => {
    notify({ type: 'server_log', level: params.level, data: params.data });
  });
  client.setNotificationHandler('notifications/tools/list_changed', () => options.onToolsChanged());
  Object.assign(client, { onerror: (error: Error) => notify({ type: 'oddity', text: error.message }) });
  return client;
}

/** A result that breaks its own schema is the server's affair and must not be hidden; validators are not even built. */
const NO_VALIDATION: jsonSchemaValidator = {
  getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
};

function describe(client: Client, wire: Wire, notify: Notify): Connection {
  const era = client.getProtocolEra() ?? 'legacy';
  const protocolVersion = client.getNegotiatedProtocolVersion() ?? '';
  // 2026-07-28 puts the server's name into `_meta`; its drafts had it in the result itself.
  const discovered: unknown = client.getDiscoverResult();
  const inBody = isJsonObject(discovered) ? discovered['serverInfo'] : undefined;
  const serverInfo = client.getServerVersion() ?? (isJsonObject(inBody) ? inBody : undefined);
  notify({ type: 'connected', era, protocolVersion, transport: wire.kind });
  return {
    client,
    wire,
    era,
    protocolVersion,
    serverInfo: serverInfo as ServerInfo | undefined,
    capabilities: client.getServerCapabilities() ?? {},
    instructions: client.getInstructions(),
  };
}
