import { openEventStream, type EventStream } from '../http/event-stream.js';
import type { LoggedRequest } from '../http/request-log.js';
import type { CallContext } from './call-context.js';
import type { Caller } from './guard.js';
import { isJson, RPC_CODES, rpcFailure, rpcResult, RpcError } from './json-rpc.js';
import type { Json, RpcId, RpcRequest, RpcResponse } from './json-rpc.js';
import type { Methods } from './methods.js';
import { createResumption } from './resumption.js';
import { Session } from './session.js';

/** How the MCP server speaks the revisions with a handshake, 2025-03-26 to 2025-11-25. */
export interface HandshakeQuirks {
  /** Newest first. */
  readonly olderRevisions: readonly string[];
  /** Whether the server hands out session ids. */
  readonly sessions: boolean;
  /**
   * How simple requests are answered; what streams by nature always does. `sse-resumed`: by a stream that ends at once,
   * so that the client has to come back with `Last-Event-ID`.
   */
  readonly answers: 'json' | 'sse' | 'sse-resumed';
  /** Whether GET opens a stream; otherwise it is a 405. */
  readonly getStream: boolean;
  /** The stream on which the server asks its questions. */
  readonly questionsOn: 'post' | 'get';
}

/** One exchange on the MCP endpoint. */
export interface Exchange {
  readonly request: LoggedRequest;
  readonly caller: Caller;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** The older side of the MCP endpoint. */
export interface HandshakeEra {
  post(exchange: Exchange, message: RpcRequest | RpcResponse): Promise<Response>;
  get(exchange: Exchange): Response;
  delete(exchange: Exchange): Response;
  /** Sends a notification on every open GET stream. */
  announce(message: Json): void;
  /** Forgets all sessions, as a server does that was idle or restarted. */
  dropSessions(): void;
}

/** Builds the older side (2025-11-25 basic/transports). */
export function createHandshakeEra(quirks: HandshakeQuirks, methods: Methods): HandshakeEra {
  const sessions = new Map<string, Session>();
  // Without session ids all clients share one memory: enough to bring answers back to questions.
  const shared = new Session();
  const resumption = createResumption();

  async function post(exchange: Exchange, message: RpcRequest | RpcResponse): Promise<Response> {
    if ('method' in message && message.method === 'initialize') return initialize(message);
    const refusal = judgeHeaders(exchange.request);
    if (refusal !== undefined) return refusal;
    const session = sessionOf(exchange.request);
    if (session instanceof Response) return session;
    if (!('method' in message)) {
      return session.answer(message) ? accepted() : errorResponse(400, 'nobody asked that');
    }
    return message.id === undefined ? accepted() : serve(exchange, session, message, message.id);
  }

  function initialize(message: RpcRequest): Response {
    const { id, params } = message;
    if (id === undefined) return errorResponse(400, 'initialize needs an id');
    const asked = String(params['protocolVersion']);
    const session = quirks.sessions ? new Session() : shared;
    if (quirks.sessions) sessions.set(session.id, session);
    session.capabilities = {
      ...session.capabilities,
      ...(isJson(params['capabilities']) && params['capabilities']),
    };
    const result = {
      protocolVersion: quirks.olderRevisions.includes(asked) ? asked : quirks.olderRevisions[0],
      capabilities: methods.capabilities,
      serverInfo: methods.serverInfo,
      instructions: 'A sandbox. Nothing here is real.',
    };
    const headers: Record<string, string> = quirks.sessions ? { 'mcp-session-id': session.id } : {};
    if (quirks.answers === 'json') return Response.json(rpcResult(id, result), { headers });
    const stream = openEventStream(headers);
    stream.send({ type: 'message', data: JSON.stringify(rpcResult(id, result)) });
    stream.close();
    return stream.response;
  }

  /** An unknown revision in the header is a 400; a missing one stands for 2025-03-26. */
  function judgeHeaders(request: LoggedRequest): Response | undefined {
    const revision = request.headers['mcp-protocol-version'];
    if (revision === undefined || quirks.olderRevisions.includes(revision)) return undefined;
    return errorResponse(400, `Unsupported protocol version: ${revision}`);
  }

  function sessionOf(request: LoggedRequest): Session | Response {
    if (!quirks.sessions) return shared;
    const id = request.headers['mcp-session-id'];
    if (id === undefined) return errorResponse(400, 'Mcp-Session-Id is missing');
    return sessions.get(id) ?? errorResponse(404, 'Session not found');
  }

  async function serve(
    exchange: Exchange,
    session: Session,
    message: RpcRequest,
    id: RpcId,
  ): Promise<Response> {
    const streams = message.method === 'tools/call' && methods.tool(message.params['name'])?.streams === true;
    if (quirks.answers === 'json' && !streams) {
      const context = createContext(exchange, session, message, undefined);
      return Response.json(await run(message, id, context));
    }
    if (quirks.answers === 'sse-resumed') {
      // The client is gone in the meantime, which is no reason to stop.
      const patient = { ...exchange, signal: new AbortController().signal };
      return resumption.defer(run(message, id, createContext(patient, session, message, undefined)));
    }
    const stream = openEventStream();
    const context = createContext(exchange, session, message, stream);
    void run(message, id, context).then((answer) => {
      stream.send({ type: 'message', data: JSON.stringify(answer) });
      stream.close();
    });
    return stream.response;
  }

  async function run(message: RpcRequest, id: RpcId, context: CallContext): Promise<Json> {
    try {
      if (message.method === 'ping') return rpcResult(id, {});
      return rpcResult(id, await methods.call(message.method, message.params, context));
    } catch (error) {
      return rpcFailure(id, error instanceof RpcError ? error : new RpcError(-32603, 'Internal error'));
    }
  }

  function createContext(
    { caller, signal }: Exchange,
    session: Session,
    message: RpcRequest,
    stream: EventStream | undefined,
  ): CallContext {
    const meta = message.params['_meta'];
    const token = isJson(meta) ? meta['progressToken'] : undefined;
    const gone = stream === undefined ? signal : AbortSignal.any([signal, stream.closed]);
    return {
      caller,
      signal: gone,
      progress: (progress, total, text) => {
        if (token === undefined) return;
        const params = { progressToken: token, progress, total, message: text };
        stream?.send({
          type: 'message',
          data: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params }),
        });
      },
      ask: async (question) => {
        if (session.capabilities['elicitation'] === undefined) {
          throw new RpcError(RPC_CODES.invalidParams, 'This client cannot be asked');
        }
        const target =
          quirks.questionsOn === 'post' && stream !== undefined ? stream : await session.opened();
        const answer = await session.request('elicitation/create', { ...question }, gone, (request) =>
          target.send({ type: 'message', data: JSON.stringify(request) }),
        );
        return answer.result ?? { action: 'cancel' };
      },
    };
  }

  return {
    post,
    get: ({ request }) => {
      if (!quirks.getStream) return errorResponse(405, 'no stream here');
      const session = sessionOf(request);
      if (session instanceof Response) return session;
      const resumed = resumption.resume(request.headers['last-event-id']);
      if (resumed !== undefined) return resumed;
      // One stream a session: a message must not go out on two (2025-11-25 basic/transports, multiple connections).
      if (quirks.sessions) session.end();
      const stream = openEventStream();
      session.open(stream);
      return stream.response;
    },
    delete: ({ request }) => {
      if (!quirks.sessions) return errorResponse(405, 'no sessions here');
      const session = sessionOf(request);
      if (session instanceof Response) return session;
      session.end();
      sessions.delete(session.id);
      return new Response(null, { status: 204 });
    },
    announce: (message) => {
      for (const session of [shared, ...sessions.values()]) session.notify(message);
    },
    dropSessions: () => {
      for (const session of [shared, ...sessions.values()]) session.end();
      sessions.clear();
    },
  };
}

function accepted(): Response {
  return new Response(null, { status: 202 });
}

/** A refusal of the transport, with a JSON-RPC error that has no id (basic/transports, sending messages). */
function errorResponse(status: number, message: string): Response {
  return Response.json(rpcFailure(undefined, new RpcError(-32000, message)), { status });
}
