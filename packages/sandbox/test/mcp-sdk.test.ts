// The MCP SDK's client as an independent judge of the simulated MCP server.
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../src/index.js';

type Mode = 'legacy' | { pin: string };

const OPEN: SandboxOptions = { protected: false };
const NEWER: Mode = { pin: '2026-07-28' };
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(options: SandboxOptions): Promise<Sandbox> {
  const sandbox = await startSandbox('plain', { ...OPEN, ...options });
  cleanups.push(() => sandbox.close());
  return sandbox;
}

async function connect(sandbox: Sandbox, mode: Mode): Promise<Client> {
  const client = new Client(
    { name: 'judge', version: '1' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode } },
  );
  client.setRequestHandler('elicitation/create', async () => ({
    action: 'accept',
    content: { name: 'Grace', age: 40, score: 1.5, status: 'inactive', verified: false },
  }));
  await client.connect(new StreamableHTTPClientTransport(new URL(sandbox.url)));
  cleanups.push(() => client.close());
  return client;
}

function textOf(result: unknown): string {
  return (result as { content: { text: string }[] }).content[0]?.text ?? '';
}

async function tour(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    'echo',
    'add',
    'whoami',
    'slow',
    'fail',
    'ask',
    'write',
    'locate',
    'intricate',
  ]);
  expect(textOf(await client.callTool({ name: 'echo', arguments: { text: 'hi' } }))).toBe('hi');
  expect(await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } })).toMatchObject({
    structuredContent: { sum: 3 },
  });
  expect(textOf(await client.callTool({ name: 'locate', arguments: { region: 'Zürich' } }))).toBe(
    'located in Zürich',
  );
  expect(await client.callTool({ name: 'fail' })).toMatchObject({ isError: true });
  expect(textOf(await client.callTool({ name: 'ask' }))).toContain('"name":"Grace"');
  const steps: number[] = [];
  const slow = { name: 'slow', arguments: { ms: 20 } };
  await client.callTool(slow, { onprogress: ({ progress }) => steps.push(progress) });
  expect(steps).toEqual([1, 2, 3, 4]);
  const { contents } = await client.readResource({ uri: 'sandbox://greeting/Ada' });
  expect(contents[0]).toMatchObject({ text: 'Hello Ada!' });
  const prompt = await client.getPrompt({ name: 'summarize', arguments: { topic: 'tides' } });
  expect(prompt.messages[0]?.content).toMatchObject({ text: 'Summarize tides.' });
  await expect(client.readResource({ uri: 'sandbox://nothing' })).rejects.toThrow('Resource not found');
}

describe('the older eras', () => {
  for (const options of [{}, { sessions: true }, { answers: 'sse' }] as const) {
    test(`a tour, with ${JSON.stringify(options)}`, async () => {
      await tour(await connect(await start({ eras: 'older', ...options }), 'legacy'));
    });
  }

  for (const revision of ['2025-06-18', '2025-03-26']) {
    test(`settles on ${revision} with a server that knows nothing newer`, async () => {
      const client = await connect(await start({ eras: 'older', olderRevisions: [revision] }), 'legacy');
      expect(client.getNegotiatedProtocolVersion()).toBe(revision);
    });
  }

  test('asks on the GET stream', async () => {
    const client = await connect(
      await start({ eras: 'older', sessions: true, questionsOn: 'get' }),
      'legacy',
    );
    await expect
      .poll(async () => textOf(await client.callTool({ name: 'ask' }).catch(() => ({ content: [] }))))
      .toContain('Grace');
  });

  test('HTTP+SSE of 2024-11-05', async () => {
    const sandbox = await start({ eras: 'sse' });
    const client = new Client({ name: 'judge', version: '1' }, { capabilities: {} });
    await client.connect(new SSEClientTransport(new URL(sandbox.url)));
    cleanups.push(() => client.close());
    expect(textOf(await client.callTool({ name: 'echo', arguments: { text: 'old' } }))).toBe('old');
    const slow = { name: 'slow', arguments: { ms: 20 } };
    const steps: number[] = [];
    await client.callTool(slow, { onprogress: ({ progress }) => steps.push(progress) });
    expect(steps).toEqual([1, 2, 3, 4]);
  });

  test('notifications reach a client that listens', async () => {
    const sandbox = await start({ eras: 'older', sessions: true });
    const client = await connect(sandbox, 'legacy');
    const heard = new Promise<void>((resolve) => {
      client.setNotificationHandler('notifications/tools/list_changed', () => resolve());
    });
    await expect.poll(() => sandbox.log.of('mcp', 'GET').length).toBe(1);
    sandbox.announce('notifications/tools/list_changed');
    await heard;
  });
});

describe('2026-07-28', () => {
  for (const options of [{}, { answers: 'sse' }, { eras: 'newer' }] as const) {
    test(`a tour, with ${JSON.stringify(options)}`, async () => {
      const client = await connect(await start(options), NEWER);
      expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
      await tour(client);
    });
  }

  test('an older client finds the older era on the same endpoint', async () => {
    const client = await connect(await start({ eras: 'both' }), 'legacy');
    expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25');
  });
});
