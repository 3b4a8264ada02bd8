import { expect, test } from 'vitest';
import { createMachine, modern, textOf } from './support/bridge.js';
import { answer, startOddServer } from './support/odd-server.js';
import { startSessionServer } from './support/session-server.js';

/* What the bridge asks the server on its own account, and never hears of: nobody waits for it for ever. */

const startBridge = (url: string) => {
  const machine = createMachine();
  machine.config(`[mcp_servers.s]\nurl = "${url}"\nstartup_timeout_sec = 3\n`);
  return machine.bridge('s');
};

test('a log level that a server does not take holds up no call', async () => {
  const server = await startSessionServer(
    { status: 404 },
    ({ operation }) => operation === 'logging/setLevel',
    { logging: {} },
  );
  const host = startBridge(server.url);
  const params = modern({ name: 't' }) as { _meta: object };
  const meta = { ...params._meta, 'io.modelcontextprotocol/logLevel': 'debug' };
  expect(textOf(await host.call('tools/call', { ...params, _meta: meta }))).toBe('ok');
  expect(server.sessionsOf('logging/setLevel')).toEqual(['s1']);
});

test('a log level that a new session does not take is given up, and said', async () => {
  let isHanging = false;
  let open = 0;
  const server = await startSessionServer(
    { status: 404 },
    ({ operation }, response) => {
      if (operation !== 'logging/setLevel' || !isHanging) return false;
      open += 1;
      response.once('close', () => void (open -= 1));
      return true;
    },
    { logging: {} },
  );
  const host = startBridge(server.url);
  await host.initialize();
  await host.call('logging/setLevel', { level: 'debug' });
  isHanging = true;
  server.forget();
  expect(textOf(await host.call('tools/call', { name: 't' }))).toBe('ok');
  await host.said('did not hear of logging/setLevel');
  await expect.poll(() => open).toBe(0);
});

test('tools that are never listed again are an error of the call that was refused for its headers', async () => {
  const { url } = await startOddServer(({ operation, id }, response) => {
    if (operation === 'server/discover') {
      return answer(response, id, { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
    }
    if (operation === 'tools/list') return true;
    const isCall = operation === 'tools/call';
    if (!isCall && operation !== 'initialize') return false;
    const error = { code: isCall ? -32_020 : -32_601, message: 'no' };
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    return true;
  });
  const host = startBridge(url);
  await host.initialize();
  expect((await host.call('tools/call', { name: 't' })).error?.message).toContain(
    'No answer to "tools/list"',
  );
});
