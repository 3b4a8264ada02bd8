// What a day's work with the SDK gives: lines of standard input to its HTTP transport, its messages to standard output.
import { createInterface } from 'node:readline';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]));
Object.assign(transport, {
  onmessage: (message) => process.stdout.write(`${JSON.stringify(message)}\n`),
  onerror: (error) => process.stderr.write(`${error.message}\n`),
});
await transport.start();

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
lines.on('line', (line) => {
  const message = JSON.parse(line);
  transport.send(message).catch((error) => {
    if (message.id === undefined) return;
    const answer = { jsonrpc: '2.0', id: message.id, error: { code: -32603, message: error.message } };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
});
lines.on('close', () => transport.close());
