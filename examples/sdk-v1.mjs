// The same with version 1 of the MCP SDK: its transports take a fetch as well, and no auth provider is needed.
//
//   node examples/sdk-v1.mjs https://api.fastmail.com/mcp
import { createAuthorizer } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const url = process.argv[2];
const { fetch } = createAuthorizer({ settings: { url }, ports: nodePorts(), signIn: 'when_needed' });

const client = new Client({ name: 'my-agent', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
const { tools } = await client.listTools();
console.log(tools.map(({ name }) => name).join('\n'));
await client.close();
