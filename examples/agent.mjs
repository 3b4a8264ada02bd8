// An agent of your own: the MCP SDK's client with an authorizing fetch. Shares the sign-ins of the mcpass command.
//
//   node examples/agent.mjs https://api.fastmail.com/mcp
import { createAuthorizer } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const url = process.argv[2];
const { fetch } = createAuthorizer({ settings: { url }, ports: nodePorts(), signIn: 'when_needed' });

const client = new Client({ name: 'my-agent', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
const { tools } = await client.listTools();
console.log(tools.map(({ name }) => name).join('\n'));
await client.close();
