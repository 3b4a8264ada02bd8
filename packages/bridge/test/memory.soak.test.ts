import { describe, expect, test } from 'vitest';
import { createMachine, pause } from './support/bridge.js';
import { growthOver, leaveUnread, memoryOf } from './support/memory.js';
import { startOddServer } from './support/odd-server.js';

describe.skipIf(process.platform !== 'linux')('nothing grows', () => {
  test('when a host does not read 6,000 answers of 200,000 bytes', () => leaveUnread(6_000, 200_000));

  test.each(['application/json', 'text/event-stream'])(
    'while eighty answers of 2 MiB come slowly as %s',
    async (type) => {
      const text = 'x'.repeat(2 * 1024 * 1024);
      const ends: (() => void)[] = [];
      const { url } = await startOddServer(({ operation, id }, response) => {
        if (operation !== 'tools/call') return false;
        const message = JSON.stringify({ jsonrpc: '2.0', id, result: { text } });
        response.writeHead(200, { 'content-type': type });
        response.write(`${type === 'application/json' ? '' : 'data: '}${message.slice(0, -2)}`);
        ends.push(() => response.end('}}\n\n'));
        return true;
      });
      const host = createMachine().bridge(url);
      await host.initialize();
      for (let id = 0; id < 80; id += 1) host.send({ id, method: 'tools/call', params: { name: 'big' } });
      await expect.poll(() => ends.length).toBe(80);
      await pause(1_500);
      expect(memoryOf(host)).toBeLessThan(150);
      for (const end of ends) end();
      for (let wanted = 0; wanted < 80; wanted += 1) await host.next(({ id }) => id === wanted);
    },
  );
});

test('ten thousand calls leave it hardly larger than a thousand', async () => {
  expect(await growthOver(1_000, 9_000)).toBeLessThan(2);
});
