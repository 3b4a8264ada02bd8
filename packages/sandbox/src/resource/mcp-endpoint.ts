import type { LoggedRequest } from '../http/request-log.js';
import type { Caller } from './guard.js';
import { createHandshakeEra, type Exchange, type HandshakeQuirks } from './handshake-era.js';
import { META, NEWER_REVISION, unsupported } from './header-check.js';
import { isJson, readMessage, RPC_CODES, rpcFailure, RpcError } from './json-rpc.js';
import type { Json, RpcRequest, RpcResponse } from './json-rpc.js';
import { createMethods, type OfferQuirks } from './methods.js';
import { createSseEra } from './sse-era.js';
import { createStatelessEra, type StatelessQuirks } from './stateless-era.js';

/** Which revisions of the protocol are spoken. */
export interface EraQuirks extends OfferQuirks, HandshakeQuirks, StatelessQuirks {
  /** Streamable HTTP in both eras, only with a handshake, only without; or HTTP+SSE of 2024-11-05. */
  readonly eras: 'both' | 'older' | 'newer' | 'sse';
}

/** The MCP endpoint, behind the guard. */
export interface McpEndpoint {
  serve(request: LoggedRequest, caller: Caller, signal: AbortSignal): Promise<Response>;
  announce(method: string, params: Json): void;
  dropSessions(): void;
}

/** Where HTTP+SSE takes messages. */
export const MESSAGES_PATH = '/messages';

/** The code for an unknown resource changed with 2026-07-28 (basic, error codes). */
const OLD_RESOURCE_NOT_FOUND = -32002;

/** Builds the endpoint. */
export function createMcpEndpoint(quirks: EraQuirks): McpEndpoint {
  // HTTP+SSE has its stream for a session, and one message at a time on it.
  const old: Partial<HandshakeQuirks> = quirks.eras === 'sse' ? { sessions: false, answers: 'json' } : {};
  const handshake = createHandshakeEra({ ...quirks, ...old }, createMethods(quirks, OLD_RESOURCE_NOT_FOUND));
  const newerMethods = createMethods(quirks, RPC_CODES.invalidParams);
  const stateless = createStatelessEra(
    quirks,
    newerMethods,
    quirks.eras === 'both' ? quirks.olderRevisions : [],
  );
  const sse = createSseEra(MESSAGES_PATH, handshake);

  async function post(exchange: Exchange): Promise<Response> {
    const { request } = exchange;
    if (quirks.eras === 'sse' && request.path !== MESSAGES_PATH)
      return new Response('use GET', { status: 405 });
    const media = judgeMediaTypes(request, quirks.eras);
    if (media !== undefined) return media;
    try {
      const message = readMessage(request.json);
      if (quirks.eras === 'sse') return await sse.post(exchange, message);
      if (quirks.eras === 'newer') return await stateless.post(exchange, onlyRequests(message));
      if (quirks.eras === 'both' && isNewer(request, message)) return await stateless.post(exchange, message);
      return await handshake.post(exchange, message);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return Response.json(rpcFailure(undefined, error), { status: 400 });
    }
  }

  return {
    serve: async (request, caller, signal) => {
      const exchange = { request, caller, signal };
      switch (request.method) {
        case 'POST':
          return post(exchange);
        case 'GET':
          if (quirks.eras === 'sse') return sse.get();
          return quirks.eras === 'newer' ? notAllowed() : handshake.get(exchange);
        default:
          return quirks.eras === 'both' || quirks.eras === 'older'
            ? handshake.delete(exchange)
            : notAllowed();
      }
    },
    announce: (method, params) => {
      handshake.announce({ jsonrpc: '2.0', method, params });
      stateless.announce({ jsonrpc: '2.0', method, params });
    },
    dropSessions: () => handshake.dropSessions(),
  };
}

/** A client of both eras opens with `_meta`; an older one never has it (2026-07-28 basic/versioning). */
function isNewer(request: LoggedRequest, message: RpcRequest | RpcResponse): message is RpcRequest {
  if (!('method' in message)) return false;
  const meta = message.params['_meta'];
  return (
    request.headers['mcp-protocol-version'] === NEWER_REVISION ||
    (isJson(meta) && meta[META.protocolVersion] !== undefined)
  );
}

/** A server without a handshake names its revisions to those who try one (basic/versioning). */
function onlyRequests(message: RpcRequest | RpcResponse): RpcRequest {
  if (!('method' in message)) throw new RpcError(RPC_CODES.invalidRequest, 'no responses in this revision');
  if (message.method === 'initialize') throw unsupported(String(message.params['protocolVersion']));
  return message;
}

/** Both kinds of answer must be welcome (basic/transports, sending messages). */
function judgeMediaTypes(request: LoggedRequest, eras: EraQuirks['eras']): Response | undefined {
  const accept = request.headers['accept'] ?? '';
  const both = ['application/json', 'text/event-stream'].every((type) => accept.includes(type));
  if (!both && eras !== 'sse') {
    return Response.json(rpcFailure(undefined, new RpcError(-32000, 'Accept must list both types')), {
      status: 406,
    });
  }
  const json = request.headers['content-type']?.startsWith('application/json') === true;
  return json ? undefined : new Response('Content-Type must be application/json', { status: 415 });
}

function notAllowed(): Response {
  return new Response('Method Not Allowed', { status: 405, headers: { allow: 'POST' } });
}
