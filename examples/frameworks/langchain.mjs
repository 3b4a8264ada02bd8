// LangChain: its own client takes no fetch, but it makes tools of the MCP SDK's client, which does.
//
//   node examples/frameworks/langchain.mjs https://api.fastmail.com/mcp
import { loadMcpTools } from '@langchain/mcp-adapters';
import { createAuthorizer } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const url = process.argv[2];
const { fetch } = createAuthorizer({ settings: { url }, ports: nodePorts(), signIn: 'when_needed' });

const client = new Client({ name: 'my-agent', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
const tools = await loadMcpTools('my-server', client);
// … createAgent({ model, tools })
console.log(tools.map(({ name }) => name).join('\n'));
console.log(await tools.find(({ name }) => name === 'echo').invoke({ text: 'hello' }));
await client.close();
