import { Server } from '@modelcontextprotocol/server';

/** A server whose lists come in pages of two, told apart by cursors that mean something to it alone. */
export function createPagingServer(): Server {
  const server = new Server(
    { name: 'pages', version: '0.1.0' },
    { capabilities: { tools: {}, resources: {}, prompts: {} } },
  );
  server.setRequestHandler('tools/list', ({ params }) => {
    const { items, next } = page(params?.cursor, 5);
    const tools = items.map((name) => ({ name, inputSchema: { type: 'object' as const } }));
    return { tools, ...next };
  });
  server.setRequestHandler('resources/list', ({ params }) => {
    const { items, next } = page(params?.cursor, 4);
    return { resources: items.map((name) => ({ name, uri: `page://${name}` })), ...next };
  });
  server.setRequestHandler('resources/templates/list', ({ params }) => {
    const { items, next } = page(params?.cursor, 3);
    const resourceTemplates = items.map((name) => ({ name, uriTemplate: `page://${name}/{id}` }));
    return { resourceTemplates, ...next };
  });
  server.setRequestHandler('prompts/list', ({ params }) => {
    const { items, next } = page(params?.cursor, 1);
    return { prompts: items.map((name) => ({ name })), ...next };
  });
  server.setRequestHandler('tools/call', ({ params }) => ({
    content: [{ type: 'text', text: `called ${params.name}` }],
  }));
  return server;
}

const SIZE = 2;

function page(cursor: string | undefined, total: number): { items: string[]; next: { nextCursor?: string } } {
  const from = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString());
  const items = Array.from({ length: total }, (_, index) => `item-${index}`).slice(from, from + SIZE);
  const rest = from + SIZE;
  const nextCursor = Buffer.from(String(rest)).toString('base64');
  return { items, next: rest < total ? { nextCursor } : {} };
}
