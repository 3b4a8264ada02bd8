// Mastra: a server with a URL takes a fetch.
//
//   node examples/frameworks/mastra.mjs https://api.fastmail.com/mcp
import { MCPClient } from '@mastra/mcp';
import { createAuthorizer } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';

const url = process.argv[2];
const { fetch } = createAuthorizer({ settings: { url }, ports: nodePorts(), signIn: 'when_needed' });

const client = new MCPClient({
  servers: { mine: { url: new URL(url), fetch: (input, init) => fetch(input, init) } },
});
const tools = await client.listTools();
// … new Agent({ model, tools })
console.log(Object.keys(tools).join('\n'));
console.log(await tools.mine_echo.execute({ text: 'hello' }));
await client.disconnect();
