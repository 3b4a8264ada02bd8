import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createCertificate, startSandbox } from '../src/index.js';
import { rpc } from './support/rpc.js';
import { sandboxes } from './support/sandboxes.js';

const start = sandboxes();
const run = promisify(execFile);

test('ends all connections, also open streams, and disposes of itself', async () => {
  const sandbox = await startSandbox('plain', { protected: false });
  const stream = await fetch(sandbox.url, { headers: { accept: 'text/event-stream' } });
  expect(stream.status).toBe(200);
  await sandbox[Symbol.asyncDispose]();
  await expect(stream.text()).rejects.toThrow('terminated');
  await expect(fetch(sandbox.url)).rejects.toThrow('fetch failed');
});

test('takes the ports it is given, and says which one is taken', async () => {
  const first = await start('plain');
  const { port } = new URL(first.url);
  await expect(startSandbox('plain', { port: Number(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(startSandbox('plain', { authorizationPort: Number(port) })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await first.close();
  const second = await start('plain', { port: Number(port) });
  expect(second.url).toBe(first.url);
});

test('shows its own time', async () => {
  const sandbox = await start('plain', { clockOffsetSeconds: 3600 });
  const date = async (): Promise<number> =>
    Date.parse((await rpc(sandbox, 'ping')).headers.get('date') ?? '');
  expect((await date()) - Date.now()).toBeGreaterThan(3_590_000);
  sandbox.advanceClock(-7200);
  expect((await date()) - Date.now()).toBeLessThan(-3_590_000);
});

test('speaks https to those who trust its certificate, and to nobody else', async () => {
  const https = createCertificate();
  const sandbox = await start('plain', { https, hostname: 'localhost' });
  expect(sandbox.url).toMatch(/^https:\/\/localhost:/);
  await expect(fetch(sandbox.url)).rejects.toThrow('fetch failed');
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
  try {
    const trusted = join(directory, 'ca.pem');
    writeFileSync(trusted, https.cert);
    const script = `fetch(${JSON.stringify(sandbox.url)}, { method: 'POST' }).then((answer) => console.log(answer.status))`;
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted };
    const { stdout } = await run(process.execPath, ['-e', script], { env });
    expect(stdout.trim()).toBe('401');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('listens on 127.0.0.1 and nowhere else', async () => {
  const sandbox = await start('plain', { hostname: 'localhost' });
  const { port } = new URL(sandbox.url);
  await expect(fetch(`http://[::1]:${port}/mcp`)).rejects.toThrow('fetch failed');
  expect((await fetch(sandbox.url)).status).toBe(401);
});
