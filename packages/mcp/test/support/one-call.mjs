/* A program that makes one call and ends: `node one-call.mjs URL`. Prints what is left that keeps it alive. */
import { openSession } from '../../dist/index.js';

process.on('unhandledRejection', (reason) => {
  process.stdout.write(`unhandled: ${String(reason)}\n`);
});
const session = await openSession({
  url: process.argv[2],
  fetch,
  clientInfo: { name: 'test', version: '1' },
  requestTimeoutMs: 60_000,
});
await session.callTool('t').catch((error) => process.stdout.write(`${error.code}\n`));
await session.close();
// Connections are closed by and by; a timer would keep the program alive for as long as it runs.
const left = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
process.stdout.write(`left: ${left.join(' ')}\n`);
