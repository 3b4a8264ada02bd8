import { describe, expect, test } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../src/index.js';
import { newRpc, rawRpc } from '../support/rpc.js';
import { read, type Answer } from '../support/oauth.js';
import { sandboxes } from '../support/sandboxes.js';

const open = sandboxes();
const start = (options: SandboxOptions = {}): Promise<Sandbox> =>
  open('plain', { protected: false, ...options });

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const HEADERS = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };

async function send(
  sandbox: Sandbox,
  params: object,
  headers: Record<string, string>,
  method = 'tools/list',
): Promise<Answer> {
  return read(await rawRpc(sandbox, { jsonrpc: '2.0', id: 7, method, params }, { headers }));
}

function codeOf({ json }: Answer): unknown {
  return (json['error'] as { code: number } | undefined)?.code;
}

test('discover tells versions, capabilities and who is there', async () => {
  const { status, json } = await newRpc(await start(), 'server/discover');
  expect(status).toBe(200);
  expect(json['result']).toMatchObject({
    resultType: 'complete',
    supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'],
    capabilities: { tools: {}, resources: {}, prompts: {} },
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'sandbox' } },
  });
  const newer = await newRpc(await start({ eras: 'newer' }), 'server/discover');
  expect(newer.json['result']).toMatchObject({ supportedVersions: ['2026-07-28'] });
});

describe('headers and _meta are checked against each other', () => {
  const cases: [string, object, Record<string, string>, number][] = [
    ['no version header', { _meta: META }, { 'mcp-method': 'tools/list' }, -32020],
    [
      'another version in the header',
      { _meta: META },
      { ...HEADERS, 'mcp-protocol-version': '2025-11-25' },
      -32020,
    ],
    ['no _meta', {}, HEADERS, -32602],
    [
      'no capabilities',
      { _meta: { ...META, 'io.modelcontextprotocol/clientCapabilities': undefined } },
      HEADERS,
      -32602,
    ],
    ['no Mcp-Method', { _meta: META }, { 'mcp-protocol-version': '2026-07-28' }, -32020],
    ['another Mcp-Method', { _meta: META }, { ...HEADERS, 'mcp-method': 'tools/call' }, -32020],
    [
      'a version nobody has',
      { _meta: { ...META, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' } },
      { ...HEADERS, 'mcp-protocol-version': '2099-01-01' },
      -32022,
    ],
  ];
  for (const [name, params, headers, code] of cases) {
    test(name, async () => {
      const answer = await send(await start({ eras: 'newer' }), params, headers);
      expect([answer.status, codeOf(answer)]).toEqual([400, code]);
    });
  }

  test('a refusal names the versions there are', async () => {
    const answer = await send(
      await start({ eras: 'newer' }),
      { _meta: { ...META, 'io.modelcontextprotocol/protocolVersion': '1900-01-01' } },
      { ...HEADERS, 'mcp-protocol-version': '1900-01-01' },
    );
    expect(answer.json['error']).toMatchObject({
      data: { supported: ['2026-07-28'], requested: '1900-01-01' },
    });
  });

  test('Mcp-Name, plain and in base64', async () => {
    const sandbox = await start();
    const call = (name: string | undefined): Promise<Answer> =>
      send(
        sandbox,
        { _meta: META, name: 'whoami' },
        {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          ...(name && { 'mcp-name': name }),
        },
        'tools/call',
      );
    expect((await call('whoami')).status).toBe(200);
    expect((await call(`=?base64?${btoa('whoami')}?=`)).status).toBe(200);
    expect(codeOf(await call('echo'))).toBe(-32020);
    expect(codeOf(await call(undefined))).toBe(-32020);
  });

  test('Mcp-Param of a marked argument: there, right, and absent for null', async () => {
    const sandbox = await start();
    const call = (region: unknown, header?: string): Promise<Answer> =>
      newRpc(
        sandbox,
        'tools/call',
        { name: 'locate', arguments: { region } },
        { headers: header === undefined ? {} : { 'mcp-param-region': header } },
      );
    expect((await call('eu', 'eu')).status).toBe(200);
    expect((await call('Zürich', `=?base64?${Buffer.from('Zürich').toString('base64')}?=`)).status).toBe(200);
    expect(codeOf(await call('eu'))).toBe(-32020);
    expect(codeOf(await call('eu', 'us'))).toBe(-32020);
    expect((await call(null)).status).toBe(200);
    expect(codeOf(await call(null, 'eu'))).toBe(-32020);
  });
});

test('an unknown method is a 404, initialize names the versions', async () => {
  const sandbox = await start({ eras: 'newer' });
  const unknown = await newRpc(sandbox, 'tasks/list');
  expect([unknown.status, codeOf(unknown)]).toEqual([404, -32601]);
  const initialize = await send(sandbox, { protocolVersion: '2025-11-25' }, {}, 'initialize');
  expect([initialize.status, codeOf(initialize)]).toEqual([400, -32022]);
});

test('GET and DELETE do not exist, nor do responses', async () => {
  const sandbox = await start({ eras: 'newer' });
  for (const method of ['GET', 'DELETE']) expect((await fetch(sandbox.url, { method })).status).toBe(405);
  expect((await rawRpc(sandbox, { jsonrpc: '2.0', id: 1, result: {} })).status).toBe(400);
});

test('refuses the first version it sees, if told to, and takes it the second time', async () => {
  const sandbox = await start({ firstVersionRefused: true });
  expect(codeOf(await newRpc(sandbox, 'server/discover'))).toBe(-32022);
  expect((await newRpc(sandbox, 'server/discover')).status).toBe(200);
});

describe('a question', () => {
  const call = { name: 'ask', arguments: {} };
  interface InputRequired {
    resultType: string;
    requestState: string;
    inputRequests: { answer: { method: string; params: { mode: string } } };
  }

  test('ends the call, and its answer finishes the next one', async () => {
    const sandbox = await start();
    const first = (await newRpc(sandbox, 'tools/call', call)).json['result'] as InputRequired;
    expect(first).toMatchObject({
      resultType: 'input_required',
      inputRequests: { answer: { method: 'elicitation/create', params: { mode: 'form' } } },
    });
    const inputResponses = { answer: { action: 'decline' } };
    const retry = { ...call, inputResponses, requestState: first.requestState };
    expect((await newRpc(sandbox, 'tools/call', retry)).json['result']).toMatchObject({
      resultType: 'complete',
      content: [{ text: '{"action":"decline"}' }],
    });
    expect(codeOf(await newRpc(sandbox, 'tools/call', retry))).toBe(-32602);
  });

  test('is asked again when the answer is missing', async () => {
    const sandbox = await start();
    const first = (await newRpc(sandbox, 'tools/call', call)).json['result'] as InputRequired;
    const retry = { ...call, inputResponses: {}, requestState: first.requestState };
    expect((await newRpc(sandbox, 'tools/call', retry)).json['result']).toMatchObject({
      resultType: 'input_required',
    });
  });

  test('needs a client that can be asked', async () => {
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'ask' };
    const answer = await send(await start(), { ...call, _meta: META }, headers, 'tools/call');
    expect([answer.status, codeOf(answer)]).toEqual([400, -32021]);
    expect(answer.json['error']).toMatchObject({ data: { requiredCapabilities: { elicitation: {} } } });
  });
});

test('a subscription is acknowledged and then hears what it asked for', async () => {
  const sandbox = await start();
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' };
  const answer = await rawRpc(
    sandbox,
    {
      jsonrpc: '2.0',
      id: 'sub',
      method: 'subscriptions/listen',
      params: { _meta: META, notifications: { toolsListChanged: true, unknownThing: true } },
    },
    { headers },
  );
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await reader?.read())?.value ?? '';
  expect(first).toContain('"notifications":{"toolsListChanged":true}');
  expect(first).toContain('"io.modelcontextprotocol/subscriptionId":"sub"');
  sandbox.announce('notifications/prompts/list_changed');
  sandbox.announce('notifications/tools/list_changed');
  expect((await reader?.read())?.value).toContain('notifications/tools/list_changed');
  await reader?.cancel();
});
