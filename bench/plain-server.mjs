// The cheapest MCP server there can be: Streamable HTTP of 2025-11-25, JSON answers, no sign-in. What a bridge adds shows
// beside it. Prints its URL; ends when standard input does. The port is its argument, or the system's choice.
import { createServer } from 'node:http';

const BIG = JSON.stringify('x'.repeat(10 * 1024 * 1024));
const TOOLS = ['echo', 'big'].map((name) => ({ name, inputSchema: { type: 'object' } }));

const results = {
  initialize: () =>
    JSON.stringify({
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'bench', version: '0' },
    }),
  'tools/list': () => JSON.stringify({ tools: TOOLS }),
  'tools/call': ({ name, arguments: args }) =>
    `{"content":[{"type":"text","text":${name === 'big' ? BIG : JSON.stringify(String(args?.text))}}]}`,
  ping: () => '{}',
};

const server = createServer((request, response) => {
  if (request.method !== 'POST') return void response.writeHead(405).end();
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
    if (id === undefined) return void response.writeHead(202).end();
    const result = results[method]?.(params ?? {});
    const body =
      result === undefined
        ? JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } })
        : `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/mcp\n`);
});
process.stdin.resume().on('end', () => {
  server.close();
  server.closeAllConnections();
});
