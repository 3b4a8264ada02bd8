import { isLocalOrigin } from '../http/cross-origin.js';
import { get, post, type Handle, type Route, type SandboxContext } from '../http/route.js';
import type { BindingQuirks } from '../authorization/token-binding.js';
import type { Clock } from '../clock.js';
import { createProofJudge } from '../dpop.js';
import { asRefusal } from '../http/refusal.js';
import type { AccessToken } from '../authorization/grant.js';
import type { HeaderLine } from './challenge.js';
import { hasRequiredHeader, judgeAccess } from './guard.js';
import { isJson, type Json } from './json-rpc.js';
import { createMcpEndpoint, MESSAGES_PATH, type McpEndpoint } from './mcp-endpoint.js';
import { resourceIdentifier, resourceMetadata, resourceMetadataPaths } from './resource-metadata.js';
import type { ResourceQuirks } from './resource-quirks.js';
import { failedResult } from './tool.js';

/** The authorization server as the MCP server sees it. */
export interface Issuing {
  readonly issuer: string;
  readonly metadataUrl: string | undefined;
  inspect(token: string): AccessToken | undefined;
  document(): Record<string, unknown>;
}

/** A simulated MCP server: its places on the web, and its endpoint. */
export interface ResourceServer {
  readonly url: string;
  /** What it is called in OAuth. */
  readonly resource: string;
  readonly routes: readonly Route[];
  readonly endpoint: McpEndpoint;
}

/** Builds an MCP server from its quirks. `issuing` is asked each time, so that it may change. */
export function createResourceServer(
  origin: string,
  quirks: ResourceQuirks & BindingQuirks,
  issuing: () => Issuing,
  clock: Clock,
): ResourceServer {
  const endpoint = createMcpEndpoint(quirks);
  const metadataPaths = resourceMetadataPaths(quirks.mcpPath, quirks);
  const resource = resourceIdentifier(origin, quirks.mcpPath, quirks);

  const url = origin + quirks.mcpPath;
  const proofs = createProofJudge(quirks, () => clock.nowS());

  const serveMcp: Handle = async (request, context) => {
    // DNS rebinding: a web page somewhere else must not talk to a local server (basic/transports, security).
    if (!isLocalOrigin(request.headers['origin'])) return new Response('foreign Origin', { status: 403 });
    const verdict = await judgeAccess(request, {
      quirks,
      resource,
      proofs,
      url: origin + request.path,
      metadataUrl: metadataPaths[0] === undefined ? undefined : origin + metadataPaths[0],
      inspect: (token) => issuing().inspect(token),
    });
    // RFC 9449 section 8.2: with every answer, so that the next proof is right at once.
    const nonce = quirks.dpop === 'off' ? undefined : proofs.nonce();
    if (nonce !== undefined) context.env.outgoing.setHeader('DPoP-Nonce', nonce);
    if ('caller' in verdict) return endpoint.serve(request, verdict.caller, context.req.raw.signal);
    if (quirks.deadTokenAnswer === 'tool-error' && request.operation === 'tools/call') {
      if (request.headers['authorization'] !== undefined) return Response.json(deadTokenResult(request.json));
    }
    writeLines(context, verdict.lines);
    return asRefusal(Response.json(verdict.body, { status: verdict.status }), verdict.rule);
  };
  const serveMetadata: Handle = () =>
    Response.json(
      resourceMetadata(
        { origin, path: quirks.mcpPath, issuer: issuing().issuer, serverMetadataUrl: issuing().metadataUrl },
        quirks,
      ),
    );
  const serveOriginMetadata: Handle = () =>
    quirks.originMetadata === 'copy'
      ? Response.json(issuing().document())
      : new Response(null, { status: 307, headers: { location: issuing().metadataUrl ?? '/' } });

  const withHeader = (route: Route): Route => ({
    ...route,
    handle: (request, context) =>
      hasRequiredHeader(request, quirks)
        ? route.handle(request, context)
        : Response.json(
            { error: `header ${quirks.requiredHeader?.name} is missing or wrong` },
            { status: 400 },
          ),
  });
  const originMetadataPath = '/.well-known/oauth-authorization-server';
  const routes: Route[] = [
    { endpoint: 'mcp', methods: ['POST', 'GET', 'DELETE'], path: quirks.mcpPath, handle: serveMcp },
    ...(quirks.eras === 'sse' ? [post('mcp', MESSAGES_PATH, serveMcp)] : []),
    ...metadataPaths.map((path) => get('resource-metadata', path, serveMetadata)),
    ...(quirks.originMetadata === 'none' ? [] : [get('metadata', originMetadataPath, serveOriginMetadata)]),
  ];
  return { url, resource, endpoint, routes: routes.map(withHeader) };
}

function deadTokenResult(call: unknown): Json {
  const id = isJson(call) && typeof call['id'] !== 'object' ? call['id'] : null;
  return { jsonrpc: '2.0', id, result: failedResult('Invalid access token') };
}

/** Node writes a header with several values as several lines; `Headers` would join them. */
function writeLines(context: SandboxContext, lines: readonly HeaderLine[]): void {
  const names = new Set(lines.map(([name]) => name));
  for (const name of names) {
    context.env.outgoing.setHeader(
      name,
      lines.filter((line) => line[0] === name).map(([, value]) => value),
    );
  }
}
