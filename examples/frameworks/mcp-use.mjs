// mcp-use: a server with a URL takes a fetch. (Of version 1; the client of version 2 is a package of its own.)
//
//   node examples/frameworks/mcp-use.mjs https://api.fastmail.com/mcp
import { createAuthorizer } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';
import { MCPClient } from 'mcp-use';

const url = process.argv[2];
const { fetch } = createAuthorizer({ settings: { url }, ports: nodePorts(), signIn: 'when_needed' });

const client = new MCPClient({ mcpServers: { mine: { url, fetch } } });
const session = await client.createSession('mine');
// … new MCPAgent({ llm, client })
console.log((await session.listTools()).map(({ name }) => name).join('\n'));
console.log(await session.callTool('echo', { text: 'hello' }));
await client.closeAllSessions();
