import type { Fault, SandboxOptions } from '@mcpass/sandbox';
import { expect, test } from 'vitest';
import { createMachine, startServer, textOf, toolNames } from './support/bridge.js';

/* After a sign-in the host hears of it, whatever happens to the first connection. */

/** A server that fails `initialize` so many times, beginning with the one after the sign-in. */
async function startFailing(fault: Fault, times: number, options: SandboxOptions = {}) {
  let isSignedIn = false;
  const server = await startServer({
    sessions: true,
    eras: 'older',
    ...options,
    onAnswer({ endpoint }) {
      if (endpoint !== 'token' || isSignedIn) return;
      isSignedIn = true;
      if (times > 0) server.fault('mcp initialize', fault, times);
    },
  });
  return server;
}

test.each<[string, Fault, number]>([
  ['is refused a few times', { status: 503 }, 3],
  ['breaks off', 'lost', 1],
])('the host hears of its tools although the first connection %s', async (_, fault, times) => {
  const server = await startFailing(fault, times);
  const machine = createMachine();
  machine.config(`[mcp_servers.mail]\nurl = "${server.url}"\n`);
  const host = machine.bridge('mail');
  await host.initialize();
  await machine.run('login', 'mail');
  await host.next(({ method }) => method === 'notifications/tools/list_changed');
  expect(toolNames(await host.call('tools/list'))).toContain('echo');
  expect(host.stderr().match(/after the sign-in/g)).toHaveLength(1);
  expect(host.seen.filter(({ method }) => method === 'notifications/tools/list_changed')).toHaveLength(1);
});

test('what the host was promised is kept, and what it has not heard of is said', async () => {
  const server = await startFailing('lost', 0, { olderRevisions: ['2025-03-26'], capabilities: ['tools'] });
  const machine = createMachine();
  machine.config(`[mcp_servers.mail]\nurl = "${server.url}"\n`);
  const host = machine.bridge('mail');
  const { result } = await host.initialize();
  expect(result).toMatchObject({ protocolVersion: '2025-11-25', capabilities: { prompts: {} } });
  await machine.run('login', 'mail');
  await host.said('has not heard of its revision 2025-03-26, its instructions;');
  expect((await host.call('prompts/list')).result).toEqual({ prompts: [] });
  expect((await host.call('resources/list')).result).toEqual({ resources: [] });
  expect((await host.call('resources/templates/list')).result).toEqual({ resourceTemplates: [] });
  // Only the lists were promised.
  expect((await host.call('prompts/get', { name: 'x' })).error?.code).toBe(-32_601);
  expect(textOf(await host.call('tools/call', { name: 'echo', arguments: { text: 'x' } }))).toBe('x');
  expect(server.log.of('mcp', 'tools/call')[0]?.headers['mcp-protocol-version']).toBe('2025-03-26');
});

test('where nothing was promised, a list that the server does not have is its own affair', async () => {
  const server = await startServer({ protected: false, eras: 'older', capabilities: ['tools'] });
  const host = createMachine().bridge(server.url);
  await host.initialize();
  expect((await host.call('prompts/list')).error?.code).toBe(-32_601);
});
