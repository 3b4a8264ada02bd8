import { randomUUID } from 'node:crypto';
import { openEventStream, type EventStream } from '../http/event-stream.js';
import type { CallContext, Question } from './call-context.js';
import type { Exchange } from './handshake-era.js';
import { checkRequest, META, NEWER_REVISION, unsupported, type RequestMeta } from './header-check.js';
import { isJson, RPC_CODES, rpcFailure, rpcResult, RpcError } from './json-rpc.js';
import type { Json, RpcId, RpcRequest } from './json-rpc.js';
import type { Methods } from './methods.js';

/** How the MCP server speaks 2026-07-28. */
export interface StatelessQuirks {
  /** How requests without progress are answered. There is nothing to resume in this era. */
  readonly answers: 'json' | 'sse' | 'sse-resumed';
  /** Refuses the first request of all with -32022 although it names a supported revision (conformance: request-metadata). */
  readonly firstVersionRefused: boolean;
}

/** The newer side of the MCP endpoint. */
export interface StatelessEra {
  post(exchange: Exchange, message: RpcRequest): Promise<Response>;
  /** Sends a notification to every `subscriptions/listen` that asked for it. */
  announce(message: Json): void;
}

/** Not an error: the call has to be repeated with an answer (2026-07-28 basic/patterns/mrtr). */
class InputRequired extends Error {
  readonly question: Question;

  constructor(question: Question) {
    super('input required');
    this.name = 'InputRequired';
    this.question = question;
  }
}

/** Results that a client may keep for a while (server/utilities/caching). */
const CACHEABLE = new Set(
  'server/discover tools/list prompts/list resources/list resources/templates/list resources/read'.split(' '),
);

/** Which wish in `subscriptions/listen` stands for which notification. */
const WISHES: ReadonlyMap<string, string> = new Map([
  ['toolsListChanged', 'notifications/tools/list_changed'],
  ['promptsListChanged', 'notifications/prompts/list_changed'],
  ['resourcesListChanged', 'notifications/resources/list_changed'],
]);

interface Subscription {
  readonly id: RpcId;
  readonly methods: ReadonlySet<string>;
  readonly stream: EventStream;
}

/**
 * Builds the newer side.
 *
 * @param older revisions with a handshake that the same endpoint speaks as well
 */
export function createStatelessEra(
  quirks: StatelessQuirks,
  methods: Methods,
  older: readonly string[],
): StatelessEra {
  const questions = new Set<string>();
  const subscriptions = new Set<Subscription>();
  let refusing = quirks.firstVersionRefused;

  async function post(exchange: Exchange, message: RpcRequest): Promise<Response> {
    const { id } = message;
    // This revision has no notifications from the client; headers for them are not defined either.
    if (id === undefined) return new Response(null, { status: 202 });
    try {
      const tool = message.method === 'tools/call' ? methods.tool(message.params['name']) : undefined;
      if (refusing) {
        refusing = false;
        throw unsupported(String(exchange.request.headers['mcp-protocol-version']), older);
      }
      const meta = checkRequest(exchange.request, message, tool);
      if (message.method === 'subscriptions/listen') return listen(id, message);
      if (message.method !== 'server/discover' && !methods.has(message.method)) {
        throw new RpcError(RPC_CODES.methodNotFound, `Method not found: ${message.method}`);
      }
      return await serve(exchange, message, id, meta, tool?.streams === true);
    } catch (error) {
      return failure(id, error);
    }
  }

  async function serve(
    exchange: Exchange,
    message: RpcRequest,
    id: RpcId,
    meta: RequestMeta,
    streams: boolean,
  ): Promise<Response> {
    // Progress is the only thing that needs a stream: a question ends the call.
    if (quirks.answers === 'json' && (!streams || meta.progressToken === undefined)) {
      return Response.json(rpcResult(id, await run(exchange, message, meta, undefined)));
    }
    const stream = openEventStream();
    void run(exchange, message, meta, stream)
      .then((result) => rpcResult(id, result))
      .catch((error: unknown) => rpcFailure(id, asRpcError(error)))
      .then((answer) => {
        stream.send({ type: 'message', data: JSON.stringify(answer) });
        stream.close();
      });
    return stream.response;
  }

  async function run(
    exchange: Exchange,
    message: RpcRequest,
    meta: RequestMeta,
    stream: EventStream | undefined,
  ): Promise<Json> {
    if (message.method === 'server/discover') return complete(message.method, discovery());
    try {
      const context = createContext(exchange, message, meta, stream);
      return complete(message.method, await methods.call(message.method, message.params, context));
    } catch (error) {
      if (error instanceof InputRequired) return inputRequired(error.question);
      throw error;
    }
  }

  function createContext(
    { caller, signal }: Exchange,
    message: RpcRequest,
    meta: RequestMeta,
    stream: EventStream | undefined,
  ): CallContext {
    return {
      caller,
      signal: stream === undefined ? signal : AbortSignal.any([signal, stream.closed]),
      progress: (progress, total, text) => {
        if (meta.progressToken === undefined) return;
        const params = { progressToken: meta.progressToken, progress, total, message: text };
        stream?.send({
          type: 'message',
          data: JSON.stringify(notification('notifications/progress', params)),
        });
      },
      ask: async (question) => {
        if (!isJson(meta.clientCapabilities['elicitation'])) {
          const requiredCapabilities = { elicitation: { form: {} } };
          throw new RpcError(RPC_CODES.missingCapability, 'Elicitation is needed', { requiredCapabilities });
        }
        return readAnswer(message.params, questions) ?? Promise.reject(new InputRequired(question));
      },
    };
  }

  function inputRequired(question: Question): Json {
    const requestState = randomUUID();
    questions.add(requestState);
    const params = { mode: 'form', ...question };
    return stamped({
      resultType: 'input_required',
      inputRequests: { answer: { method: 'elicitation/create', params } },
      requestState,
    });
  }

  function discovery(): Json {
    return {
      supportedVersions: [NEWER_REVISION, ...older],
      capabilities: methods.capabilities,
      instructions: 'A sandbox. Nothing here is real.',
    };
  }

  function complete(method: string, result: Json): Json {
    const cache = CACHEABLE.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {};
    return stamped({ resultType: 'complete', ...result, ...cache });
  }

  function stamped(result: Json): Json {
    return { ...result, _meta: { [META.serverInfo]: methods.serverInfo } };
  }

  function listen(id: RpcId, message: RpcRequest): Response {
    const wishes = isJson(message.params['notifications']) ? message.params['notifications'] : {};
    const honoured = [...WISHES].filter(([wish]) => wishes[wish] === true);
    const stream = openEventStream();
    const subscription = { id, methods: new Set(honoured.map(([, method]) => method)), stream };
    subscriptions.add(subscription);
    stream.closed.addEventListener('abort', () => subscriptions.delete(subscription));
    const notifications = Object.fromEntries(honoured.map(([wish]) => [wish, true]));
    sendTo(subscription, notification('notifications/subscriptions/acknowledged', { notifications }));
    return stream.response;
  }

  function announce(message: Json): void {
    for (const subscription of subscriptions) {
      if (subscription.methods.has(String(message['method']))) sendTo(subscription, message);
    }
  }

  return { post, announce };
}

/** The user's answer in a repeated call; undefined in a first one. */
function readAnswer(params: Json, questions: Set<string>): Json | undefined {
  const { inputResponses, requestState } = params;
  if (inputResponses === undefined && requestState === undefined) return undefined;
  if (typeof requestState !== 'string' || !questions.delete(requestState)) {
    throw new RpcError(RPC_CODES.invalidParams, 'requestState is not the one that was sent');
  }
  const answer = isJson(inputResponses) ? inputResponses['answer'] : undefined;
  return isJson(answer) ? answer : undefined;
}

function notification(method: string, params: Json): Json {
  return { jsonrpc: '2.0', method, params };
}

function sendTo({ id, stream }: Subscription, message: Json): void {
  const params = isJson(message['params']) ? message['params'] : {};
  const marked = { ...message, params: { ...params, _meta: { [META.subscriptionId]: id } } };
  stream.send({ type: 'message', data: JSON.stringify(marked) });
}

function asRpcError(error: unknown): RpcError {
  return error instanceof RpcError ? error : new RpcError(-32603, 'Internal error');
}

/** Errors of the request itself are a 400, an unknown method is a 404 (protocol version header). */
const STATUS: ReadonlyMap<number, number> = new Map([
  [RPC_CODES.methodNotFound, 404],
  [RPC_CODES.headerMismatch, 400],
  [RPC_CODES.missingCapability, 400],
  [RPC_CODES.unsupportedVersion, 400],
  [RPC_CODES.invalidParams, 400],
]);

function failure(id: RpcId, error: unknown): Response {
  const rpcError = asRpcError(error);
  return Response.json(rpcFailure(id, rpcError), { status: STATUS.get(rpcError.code) ?? 200 });
}
