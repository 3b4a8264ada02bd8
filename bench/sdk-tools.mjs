// What `mcpass tools` does, as a script on the SDK: URL and token as arguments of the environment.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const client = new Client({ name: 'bench', version: '0' }, { versionNegotiation: { mode: 'auto' } });
const headers = { authorization: `Bearer ${process.env.BENCH_TOKEN}` };
await client.connect(
  new StreamableHTTPClientTransport(new URL(process.env.BENCH_URL), { requestInit: { headers } }),
);
const { tools } = await client.listTools();
for (const { name, description } of tools) process.stdout.write(`${name}\n  ${description}\n`);
await client.close();
