import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { createMachine, type Host, pause, type Seen } from './bridge.js';
import { answer, startOddServer } from './odd-server.js';

/** MiB of memory of a host's bridge. */
export function memoryOf(host: Host): number {
  const status = readFileSync(`/proc/${String(host.process.pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** So many answers of that size for a host that does not read them yet: they wait at the server and in between. */
export async function leaveUnread(count: number, size: number): Promise<void> {
  const text = 'x'.repeat(size);
  const { url } = await startOddServer(({ operation, id }, response) => {
    if (operation !== 'tools/call') return false;
    return answer(response, id, { content: [{ type: 'text', text }] });
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  host.process.stdout?.pause();
  const ids = Array.from({ length: count }, (_, id) => id);
  for (const id of ids) host.send({ id, method: 'tools/call', params: { name: 'big', arguments: {} } });
  await pause(1_500 + count / 2);
  expect(memoryOf(host)).toBeLessThan(200);
  host.process.stdout?.resume();
  for (const wanted of ids.slice(0, 300)) await host.next(({ id }) => id === wanted);
}

/** The heap of the bridge after some calls one after the other, and how much larger it is after more, 64 at a time. */
export async function growthOver(first: number, more: number): Promise<number> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { id, method } = JSON.parse(body || '{}') as Seen;
      if (id === undefined) return void response.writeHead(body === '' ? 405 : 202).end();
      const result =
        method === 'initialize'
          ? { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '0' } }
          : { content: [{ type: 'text', text: 'hello' }] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  // What a relay keeps by mistake is what is left behind a full collection: without one, chance decides what is counted.
  const probe = `import { getHeapStatistics, setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    process.on('SIGUSR2', () => {
      collect();
      process.stderr.write(\`heap \${getHeapStatistics().used_heap_size} bytes\\n\`);
    });`;
  const host = createMachine().bridgeWith(
    { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(probe)}` },
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
  );
  await host.initialize();

  let id = 0;
  const calls = (count: number, atOnce: number): Promise<void> =>
    new Promise((resolve) => {
      const end = host.lines.length + count;
      const last = id + count;
      const fill = (): void => {
        while (id < last && last - id + atOnce > end - host.lines.length) {
          id += 1;
          host.send({ id, method: 'tools/call', params: { name: 'echo', arguments: { text: 'hello' } } });
        }
        if (host.lines.length < end) return;
        host.process.stdout?.off('data', fill);
        resolve();
      };
      host.process.stdout?.on('data', fill);
      fill();
    });
  const heapMiB = async (which: number): Promise<number> => {
    const told = () => [...host.stderr().matchAll(/heap (\d+) bytes/g)];
    host.process.kill('SIGUSR2');
    await expect.poll(told).toHaveLength(which);
    return Number(told()[which - 1]?.[1]) / (1024 * 1024);
  };

  await calls(first, 1);
  const before = await heapMiB(1);
  await calls(more, 64);
  return (await heapMiB(2)) - before;
}
