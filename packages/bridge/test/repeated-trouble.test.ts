import { expect, test } from 'vitest';
import { createMachine, textOf } from './support/bridge.js';
import { startOddServer } from './support/odd-server.js';

test('nonsense without end is said once, and then counted', async () => {
  const { url } = await startOddServer((one, response) => {
    if (one.operation !== 'tools/call') return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const result = { content: [{ type: 'text', text: 'ok' }] };
    response.end(
      `${'data: nonsense\n\n'.repeat(5_000)}data: ${JSON.stringify({ jsonrpc: '2.0', id: one.id, result })}\n\n`,
    );
    return true;
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  const lines = host
    .stderr()
    .split('\n')
    .filter((line) => line.includes('no JSON-RPC message'));
  // The first, the 10th, the 100th and the 1,000th.
  expect(lines).toHaveLength(4);
  expect(lines[3]).toContain('1000 times now');
});
