import { startServer, type Exchange, type ScriptedServer } from './scripted-server.js';

/** What to do per JSON-RPC method, or `GET` and `DELETE`. */
export type Script = Readonly<Record<string, (exchange: Exchange) => unknown>>;

export interface ServerTraits {
  readonly capabilities?: object;
  /** Only in the legacy era. */
  readonly sessionId?: string;
}

const SERVER = { name: 'scripted', version: '1.2.3' };

/** A server of 2026-07-28. */
export async function startModernServer(script: Script, traits: ServerTraits = {}): Promise<ScriptedServer> {
  const { capabilities = { tools: {}, resources: {}, prompts: {} } } = traits;
  return await startServer((exchange) => {
    const key = exchange.message.method ?? exchange.http;
    if (script[key] !== undefined) return script[key](exchange);
    if (key === 'server/discover') {
      return exchange.result({
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities,
        instructions: 'be brief',
        ttlMs: 0,
        cacheScope: 'private',
        _meta: { 'io.modelcontextprotocol/serverInfo': SERVER },
      });
    }
    return key === 'GET' || key === 'DELETE'
      ? exchange.raw(405)
      : exchange.error(-32_601, 'Method not found', { status: 404 });
  });
}

/** A server of 2025-11-25 that does not know what came later. */
export async function startLegacyServer(script: Script, traits: ServerTraits = {}): Promise<ScriptedServer> {
  const { capabilities = { tools: {}, resources: {}, prompts: {} }, sessionId } = traits;
  const headers: Record<string, string> = sessionId === undefined ? {} : { 'mcp-session-id': sessionId };
  return await startServer((exchange) => {
    const key = exchange.message.method ?? exchange.http;
    if (script[key] !== undefined) return script[key](exchange);
    switch (key) {
      case 'server/discover':
        return exchange.raw(400, 'Bad Request: no session');
      case 'initialize':
        return exchange.result(
          { protocolVersion: '2025-11-25', capabilities, serverInfo: SERVER, instructions: 'be brief' },
          headers,
        );
      case 'notifications/initialized':
      case 'notifications/cancelled':
      case 'POST':
        return exchange.raw(202);
      case 'GET':
        return exchange.raw(405);
      case 'DELETE':
        return exchange.raw(200);
      default:
        return exchange.error(-32_601, 'Method not found');
    }
  });
}

export const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
};

/** The part of every modern list that the protocol asks for besides the list. */
export const LISTED = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
