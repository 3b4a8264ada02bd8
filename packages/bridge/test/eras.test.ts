import { Client, type JSONRPCMessage } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMachine, modern, PROGRAM, startServer, textOf, toolNames } from './support/bridge.js';

/* Hosts and servers of both eras: a raw host sees what is on the wire, the SDK's client is a host that is not ours. */

const SERVERS = ['older', 'newer', 'both', 'sse'] as const;

async function connect(
  url: string,
  mode: 'auto' | 'legacy',
): Promise<{ readonly client: Client; readonly steps: readonly unknown[] }> {
  const machine = createMachine();
  const client = new Client(
    { name: 'host', version: '1' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode } },
  );
  client.setRequestHandler('elicitation/create', async () => ({
    action: 'accept',
    content: { name: 'Grace' },
  }));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [PROGRAM, 'bridge', url],
    env: { ...machine.env },
    stderr: 'ignore',
  });
  await client.connect(transport);
  onTestFinished(() => client.close());
  // As it came: the SDK drops what comes in one chunk with the answer.
  const steps: unknown[] = [];
  const { onmessage } = transport;
  Object.assign(transport, {
    onmessage(message: JSONRPCMessage) {
      if ('method' in message && message.method === 'notifications/progress') {
        steps.push(message.params?.['progress']);
      }
      onmessage?.call(transport, message);
    },
  });
  return { client, steps };
}

describe.each(['auto', 'legacy'] as const)('the SDK as a host (%s)', (mode) => {
  test.each(SERVERS)('with a server that speaks %s', async (eras) => {
    const server = await startServer({ protected: false, eras, sessions: eras !== 'sse' });
    const { client, steps } = await connect(server.url, mode);
    expect(client.getProtocolEra()).toBe(mode === 'auto' ? 'modern' : 'legacy');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('echo');
    const said = await client.callTool({ name: 'echo', arguments: { text: 'hello' } });
    expect(said.content).toEqual([{ type: 'text', text: 'hello' }]);
    const located = await client.callTool({ name: 'locate', arguments: { region: 'Zürich' } });
    expect(located.content).toEqual([{ type: 'text', text: 'located in Zürich' }]);
    const answered = await client.callTool({ name: 'ask', arguments: {} });
    expect(JSON.stringify(answered.content)).toContain('Grace');
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['sandbox://readme']);
    await client.callTool({ name: 'slow', arguments: { ms: 40 } }, { onprogress: () => undefined });
    expect(steps).toEqual([1, 2, 3, 4]);
  });
});

describe('a host with a handshake at a server without', () => {
  test('is greeted in two requests, and its calls carry what the newer revision wants', async () => {
    const server = await startServer({ protected: false, eras: 'newer' });
    const host = createMachine().bridge(server.url);
    const { result } = await host.initialize({ protocolVersion: '2025-06-18' });
    expect(result).toMatchObject({ protocolVersion: '2025-06-18', serverInfo: { name: 'sandbox' } });
    await host.call('tools/list');
    expect(
      textOf(await host.call('tools/call', { name: 'locate', arguments: { region: 'eu', query: 'q' } })),
    ).toContain('eu');
    const [call] = server.log.of('mcp', 'tools/call');
    expect(call?.headers).toMatchObject({
      'mcp-method': 'tools/call',
      'mcp-name': 'locate',
      'mcp-param-region': 'eu',
      'mcp-protocol-version': '2026-07-28',
    });
    expect(server.log.of('mcp', 'tools/call')).toHaveLength(1);
    expect((await host.call('ping')).result).toEqual({});
    expect((await host.call('logging/setLevel', { level: 'info' })).result).toEqual({});
  });

  test('hears of changes', async () => {
    const server = await startServer({ protected: false, eras: 'newer' });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    await expect.poll(() => server.log.of('mcp', 'subscriptions/listen')).toHaveLength(1);
    server.announce('notifications/tools/list_changed');
    await host.next(({ method }) => method === 'notifications/tools/list_changed');
    expect(host.seen.some(({ method }) => method === 'notifications/subscriptions/acknowledged')).toBe(false);
  });

  test('does not see a tool whose headers break the rules', async () => {
    const broken = {
      name: 'broken',
      inputSchema: { type: 'object', properties: { a: { type: 'number', 'x-mcp-header': 'A' } } },
    };
    const server = await startServer({ protected: false, eras: 'newer', extraTools: [broken] });
    const host = createMachine().bridge(server.url);
    await host.initialize();
    const names = toolNames(await host.call('tools/list'));
    expect(names).toContain('intricate');
    expect(names).not.toContain('broken');
    expect(host.stderr()).toContain('"broken" is left out');
  });
});

describe('a host without a handshake', () => {
  test('reaches a server that has one: discovery, results, subscriptions', async () => {
    const server = await startServer({ protected: false, eras: 'older', sessions: true });
    const host = createMachine().bridge(server.url);
    const { result } = await host.call('server/discover', modern());
    expect(result).toMatchObject({ resultType: 'complete', supportedVersions: ['2026-07-28'] });
    expect((await host.call('tools/list', modern())).result).toMatchObject({
      resultType: 'complete',
      cacheScope: 'private',
    });
    host.send({
      id: 'sub',
      method: 'subscriptions/listen',
      params: modern({ notifications: { toolsListChanged: true } }),
    });
    await host.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
    await expect.poll(() => server.log.of('mcp', 'GET')).toHaveLength(1);
    server.announce('notifications/tools/list_changed');
    const change = await host.next(({ method }) => method === 'notifications/tools/list_changed');
    expect(change.params?.['_meta']).toEqual({ 'io.modelcontextprotocol/subscriptionId': 'sub' });
  });

  test('answers a question in the middle of a call by calling again; the server sees one call', async () => {
    const server = await startServer({ protected: false, eras: 'older', sessions: true });
    const host = createMachine().bridge(server.url);
    await host.call('server/discover', modern());
    const first = await host.call('tools/call', modern({ name: 'ask', arguments: {} }));
    expect(first.result).toMatchObject({ resultType: 'input_required' });
    const [key = ''] = Object.keys(first.result?.['inputRequests'] as object);
    const inputResponses = { [key]: { action: 'accept', content: { name: 'Grace' } } };
    const { requestState } = first.result as { requestState: string };
    const second = await host.call(
      'tools/call',
      modern({ name: 'ask', arguments: {}, inputResponses, requestState }),
    );
    expect(textOf(second)).toContain('Grace');
    expect(server.log.of('mcp', 'tools/call')).toHaveLength(1);
  });

  test('goes straight through to a server without one, asked once', async () => {
    const server = await startServer({ protected: false, eras: 'newer' });
    const host = createMachine().bridge(server.url);
    await host.call('server/discover', modern());
    expect(textOf(await host.call('tools/call', modern({ name: 'echo', arguments: { text: 'x' } })))).toBe(
      'x',
    );
    host.send({
      id: 9,
      method: 'subscriptions/listen',
      params: modern({ notifications: { toolsListChanged: true } }),
    });
    await host.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
    server.announce('notifications/tools/list_changed');
    await host.next(({ method }) => method === 'notifications/tools/list_changed');
    expect(server.log.of('mcp').map(({ operation }) => operation)).toEqual([
      'server/discover',
      'tools/call',
      'subscriptions/listen',
    ]);
  });
});
