// Vercel's AI SDK: its MCP client takes a fetch. The tools are what `generateText` and `streamText` want.
//
//   node examples/frameworks/ai-sdk.mjs https://api.fastmail.com/mcp
import { createMCPClient } from '@ai-sdk/mcp';
import { createAuthorizer } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';

const url = process.argv[2];
const { fetch } = createAuthorizer({ settings: { url }, ports: nodePorts(), signIn: 'when_needed' });

const client = await createMCPClient({ transport: { type: 'http', url, fetch } });
const tools = await client.tools();
// … generateText({ model, tools, prompt })
console.log(Object.keys(tools).join('\n'));
console.log(await tools.echo.execute({ text: 'hello' }, { toolCallId: '1', messages: [] }));
await client.close();
