import { ProtocolError, Server, type ServerOptions } from '@modelcontextprotocol/server';

const OUTPUT = { type: 'object' as const, properties: { sum: { type: 'number' } }, required: ['sum'] };

/** A server that does not keep what it promises. */
export function createCrookedServer(): Server {
  const server = new Server({ name: 'crooked', version: '0' }, { capabilities: { tools: {} } });
  const inputSchema = { type: 'object' as const };
  server.setRequestHandler('tools/list', () => ({
    tools: [
      { name: 'wrong_output', inputSchema, outputSchema: OUTPUT },
      { name: 'no_output', inputSchema, outputSchema: OUTPUT },
      { name: 'refuse', inputSchema },
    ],
  }));
  server.setRequestHandler('tools/call', ({ params }) => {
    const content = [{ type: 'text' as const, text: params.name }];
    if (params.name === 'wrong_output') return { content, structuredContent: { sum: 'three' } };
    if (params.name === 'no_output') return { content };
    throw new ProtocolError(Number(params.arguments?.['code']), 'No.', { hint: 'none' });
  });
  return server;
}

/** A server with prompts alone, or with nothing at all. */
export function createSmallServer(options: ServerOptions): Server {
  const server = new Server({ name: 'small', version: '0' }, options);
  if (options.capabilities?.prompts !== undefined) {
    server.setRequestHandler('prompts/list', () => ({ prompts: [{ name: 'only' }] }));
  }
  return server;
}

/** A server whose lists may be kept for an hour (2026-07-28 server/utilities/caching). */
export function createCacheableServer(): Server {
  const cacheHints = { 'tools/list': { ttlMs: 3_600_000, cacheScope: 'private' as const } };
  const server = new Server({ name: 'cacheable', version: '0' }, { capabilities: { tools: {} }, cacheHints });
  server.setRequestHandler('tools/list', () => ({
    tools: [{ name: 'only', inputSchema: { type: 'object' as const } }],
  }));
  return server;
}
