import { randomUUID } from 'node:crypto';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  type CreateMcpHandlerOptions,
  legacyStatelessFallback,
  type McpServerFactory,
} from '@modelcontextprotocol/server';
import { type Handle, listen, type OracleServer } from './http.js';

/** A server of 2025-11-25 with sessions, as the SDK's guide "Sessions, state, and scaling" builds one. */
export async function startSessionServer(
  factory: McpServerFactory,
  options: { readonly enableJsonResponse?: boolean } = {},
): Promise<OracleServer> {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  return await listen(
    async (incoming, response) => {
      const id = incoming.headers['mcp-session-id'];
      const known = typeof id === 'string' ? sessions.get(id) : undefined;
      if (known !== undefined) return await known.handleRequest(incoming, response);
      if (id !== undefined) return void response.writeHead(404).end();
      const transport = new NodeStreamableHTTPServerTransport({
        ...options,
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (begun) => void sessions.set(begun, transport),
        onsessionclosed: (ended) => void sessions.delete(ended),
      });
      const server = await factory({ era: 'legacy' });
      await server.connect(transport);
      await transport.handleRequest(incoming, response);
    },
    async () => {
      for (const transport of sessions.values()) await transport.close();
    },
  );
}

/** A server of 2025-11-25 that keeps nothing between two requests. */
export async function startStatelessServer(factory: McpServerFactory): Promise<OracleServer> {
  return await listen(nodeHandler({ fetch: legacyStatelessFallback(factory) }));
}

/** A server of 2026-07-28, of earlier revisions too unless they are rejected. */
export async function startModernServer(
  factory: McpServerFactory,
  options: Pick<CreateMcpHandlerOptions, 'legacy' | 'responseMode'> = {},
): Promise<OracleServer> {
  const handler = createMcpHandler(factory, options);
  return await listen(nodeHandler(handler), () => handler.close());
}

/** As the SDK has it; its type of a request is not that of Node under `exactOptionalPropertyTypes`. */
function nodeHandler(handler: Parameters<typeof toNodeHandler>[0]): Handle {
  return toNodeHandler(handler) as Handle;
}
