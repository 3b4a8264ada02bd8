/* A program that makes one call and ends: `node one-call.mjs URL`. Prints how many milliseconds the end took. */
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
const closedAt = performance.now();
process.on('exit', () => process.stdout.write(`ended ${Math.round(performance.now() - closedAt)}\n`));
