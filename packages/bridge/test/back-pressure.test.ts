import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMachine, pause } from './support/bridge.js';
import { startOddServer } from './support/odd-server.js';

test.skipIf(process.platform !== 'linux')(
  'a stream that floods a host that does not read waits at the server',
  async () => {
    const data = JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'info', data: 'x'.repeat(64 * 1024) },
    });
    const event = `data: ${data}\n\n`;
    const LIMIT = 512 * 1024 * 1024;
    let sent = 0;
    const { url } = await startOddServer((one, response) => {
      if (one.method !== 'GET') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const pour = (): void => {
        while (!response.destroyed && sent < LIMIT) {
          sent += event.length;
          if (!response.write(event)) return void response.once('drain', pour);
        }
      };
      pour();
      return true;
    });
    const host = createMachine().bridge(url);
    host.process.stdout?.pause();
    host.send({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '0' } },
    });
    host.send({ method: 'notifications/initialized' });
    await expect.poll(() => sent).toBeGreaterThan(0);
    await pause(1_500);
    const status = readFileSync(`/proc/${String(host.process.pid)}/status`, 'utf8');
    expect(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1])).toBeLessThan(200 * 1024);
    expect(sent).toBeLessThan(LIMIT / 8);
    host.process.stdout?.resume();
    await host.next(({ method }) => method === 'notifications/message');
  },
);
