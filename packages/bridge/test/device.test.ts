import { expect, test } from 'vitest';
import { createMachine, startServer, textOf } from './support/bridge.js';

test('a host that can show an address is given that of the code, which may be opened anywhere', async () => {
  const server = await startServer({ sessions: true, deviceCodes: 'on' });
  const machine = createMachine();
  machine.config(`[mcp_servers.s]\nurl = "${server.url}"\noauth.grant = "device_code"\n`);
  const host = machine.bridge('s');
  await host.initialize({ capabilities: { elicitation: { form: {}, url: {} } } });
  const echo = () => host.call('tools/call', { name: 'echo', arguments: { text: 'hello' } });
  const { error } = await echo();
  const data = error?.data as { elicitations: { url: string }[] } | undefined;
  const url = data?.elicitations[0]?.url ?? '';
  expect(url).toMatch(/\/device\?user_code=[A-Z]{4}-[A-Z]{4}$/);
  expect(host.stderr()).toContain('enter the code');
  await server.user().open(url);
  await host.next(({ method }) => method === 'notifications/tools/list_changed');
  expect(textOf(await echo())).toBe('hello');
  expect(server.log.of('authorize')).toHaveLength(0);
});
