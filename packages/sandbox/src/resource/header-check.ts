import type { LoggedRequest } from '../http/request-log.js';
import { isJson, RPC_CODES, RpcError, type Json, type RpcRequest } from './json-rpc.js';
import type { Tool } from './tool.js';

/** The revision of the stateless era. */
export const NEWER_REVISION = '2026-07-28';

/** Reserved keys of `_meta` (2026-07-28 basic). */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** What every request of the stateless era says about itself. */
export interface RequestMeta {
  readonly clientCapabilities: Json;
  readonly progressToken: unknown;
}

/** The body member that `Mcp-Name` mirrors, per method. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/** Reads `_meta`, and checks it and the headers against each other (2026-07-28 streamable-http, server validation). */
export function checkRequest(
  request: LoggedRequest,
  message: RpcRequest,
  tool: Tool | undefined,
): RequestMeta {
  const meta = message.params['_meta'];
  const version = request.headers['mcp-protocol-version'];
  if (version === undefined) throw mismatch('MCP-Protocol-Version header is missing');
  if (!isJson(meta)) throw new RpcError(RPC_CODES.invalidParams, '_meta is missing');
  const stated = meta[META.protocolVersion];
  const clientCapabilities = meta[META.clientCapabilities];
  if (stated === undefined)
    throw new RpcError(RPC_CODES.invalidParams, `_meta has no ${META.protocolVersion}`);
  if (stated !== version) throw mismatch('MCP-Protocol-Version differs from _meta');
  if (version !== NEWER_REVISION) throw unsupported(version);
  if (!isJson(clientCapabilities)) {
    throw new RpcError(RPC_CODES.invalidParams, `_meta has no ${META.clientCapabilities}`);
  }
  compare('Mcp-Method', request, message.method);
  const named = NAMED.get(message.method);
  if (named !== undefined) compare('Mcp-Name', request, message.params[named]);
  if (tool !== undefined) checkParameters(request, message.params['arguments'], tool.definition.inputSchema);
  return { clientCapabilities, progressToken: meta['progressToken'] };
}

/** The error for a revision that this server does not speak. */
export function unsupported(requested: string, older: readonly string[] = []): RpcError {
  const supported = [NEWER_REVISION, ...older];
  return new RpcError(RPC_CODES.unsupportedVersion, 'Unsupported protocol version', { supported, requested });
}

/** Every property with `x-mcp-header` is mirrored (custom headers from tool parameters). */
function checkParameters(request: LoggedRequest, args: unknown, schema: Json): void {
  const properties = isJson(schema['properties']) ? schema['properties'] : {};
  const values = isJson(args) ? args : {};
  for (const [name, property] of Object.entries(properties)) {
    if (!isJson(property)) continue;
    const header = property['x-mcp-header'];
    if (typeof header === 'string' && header !== '')
      compare(`Mcp-Param-${header}`, request, values[name] ?? undefined);
    else checkParameters(request, values[name], property);
  }
}

function compare(header: string, request: LoggedRequest, expected: unknown): void {
  const sent = request.headers[header.toLowerCase()];
  if (expected === undefined) {
    if (sent !== undefined) throw mismatch(`${header} is there, the value in the body is not`);
    return;
  }
  if (sent === undefined) throw mismatch(`${header} header is missing`);
  const value = decode(sent);
  const equal = typeof expected === 'number' ? Number(value) === expected : value === String(expected);
  if (!equal)
    throw mismatch(`${header} header value '${value}' does not match body value '${String(expected)}'`);
}

/** Value encoding: `=?base64?…?=` holds UTF-8. */
function decode(value: string): string {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString('utf8');
}

function mismatch(text: string): RpcError {
  return new RpcError(RPC_CODES.headerMismatch, `Header mismatch: ${text}`);
}
