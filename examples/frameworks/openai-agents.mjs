// OpenAI's Agents SDK: a server over Streamable HTTP takes a fetch.
//
//   node examples/frameworks/openai-agents.mjs https://api.fastmail.com/mcp
import { createAuthorizer } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';
import { MCPServerStreamableHttp } from '@openai/agents';

const url = process.argv[2];
const { fetch } = createAuthorizer({ settings: { url }, ports: nodePorts(), signIn: 'when_needed' });

const server = new MCPServerStreamableHttp({ url, name: 'my-server', fetch });
await server.connect();
// … new Agent({ name: 'my-agent', mcpServers: [server] })
const tools = await server.listTools();
console.log(tools.map(({ name }) => name).join('\n'));
console.log(await server.callTool('echo', { text: 'hello' }));
await server.close();
