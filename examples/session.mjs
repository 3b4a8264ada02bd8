// The client of mcpass itself, without the MCP SDK.
//
//   node examples/session.mjs https://api.fastmail.com/mcp
import { createAuthorizer } from '@mcpass/auth';
import { openSession } from '@mcpass/mcp';
import { nodePorts } from '@mcpass/node';

const url = process.argv[2];
const { fetch } = createAuthorizer({ settings: { url }, ports: nodePorts(), signIn: 'when_needed' });

const session = await openSession({ url, fetch, clientInfo: { name: 'my-agent', version: '1.0.0' } });
const { items } = await session.listTools();
console.log(items.map(({ name }) => name).join('\n'));
await session.close();
