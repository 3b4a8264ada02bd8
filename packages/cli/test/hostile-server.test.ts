import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { asMcpassError } from '../src/failure.js';
import { createMachine, PROGRAM } from './harness/command.js';
import { hasTerminal } from './harness/terminal.js';

interface Script {
  readonly tools?: readonly object[];
  /** The result of a call, as JSON. */
  readonly result?: (params: Record<string, unknown>) => string;
}

/** A server of 2026-07-28 that needs no sign-in and says what it is told to. */
async function startHostileServer({ tools = [], result }: Script): Promise<string> {
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const text = Buffer.concat(chunks as Buffer[]).toString();
      if (text === '') return response.writeHead(405).end();
      const { id, method, params } = JSON.parse(text) as {
        id: unknown;
        method: string;
        params: Record<string, unknown>;
      };
      const listed = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
      const results: Record<string, string | undefined> = {
        'server/discover': JSON.stringify({
          ...listed,
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {} },
        }),
        'tools/list': JSON.stringify({ ...listed, tools }),
        'tools/call': result?.(params),
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${results[method] ?? '{}'}}`);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

const TOOL = { name: 't', inputSchema: { type: 'object' } };

describe('JSON for a terminal', () => {
  const EVIL = 'a\u009b31m\u007f\u202e\u2066\u200b\u2028\ufeff\u{e0041}\ud800z';
  // oxlint-disable-next-line no-control-regex -- they must not be there
  const RAW = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}|[\u{e0000}-\u{e0fff}]/u;

  test('has no control character of a server in it, and loses none', async () => {
    const url = await startHostileServer({ tools: [{ ...TOOL, description: EVIL }] });
    const { code, stdout, stderr, json } = await createMachine().run('tools', url, '--json');
    expect(code, stderr).toBe(0);
    expect(stdout).not.toMatch(RAW);
    expect(json()).toMatchObject({ tools: [{ description: EVIL }] });
  });

  test('nor has an error', async () => {
    const { stderr, error } = await createMachine().run('tools', 'no\u009bsuch\u202eserver', '--json');
    expect(stderr).not.toMatch(RAW);
    expect(error()['code']).toBeDefined();
  });

  test('nor has a trace', async () => {
    const url = await startHostileServer({ tools: [TOOL] });
    const machine = createMachine();
    const file = join(machine.home, '..', 'trace');
    await machine.run('tools', `${url}?a=\u009b\u202e`, '--trace', file);
    const trace = readFileSync(file, 'utf8');
    expect(trace).not.toMatch(RAW);
    for (const line of trace.trimEnd().split('\n')) JSON.parse(line);
  });
});

test('an answer of 200,000 levels is told as the fault of the server', async () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const url = await startHostileServer({
    tools: [TOOL],
    result: () => `{"resultType":"complete","content":[],"structuredContent":{"a":${deep}}}`,
  });
  const ended = await createMachine().run('call', url, 't', '--json');
  expect(ended.code).toBe(3);
  expect(ended.error()).toMatchObject({ code: 'answer_invalid', fault: 'server' });
});

test('an argument of lists of lists of lists is told in short', async () => {
  let items: object = { type: 'string' };
  for (let depth = 0; depth < 50; depth += 1) items = { type: 'array', items };
  const url = await startHostileServer({
    tools: [
      {
        ...TOOL,
        inputSchema: {
          type: 'object',
          properties: { deep: items, flat: { type: 'array', items: { type: 'string' } } },
        },
      },
    ],
  });
  const { code, stdout, stderr } = await createMachine().run('tools', url);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^ {2}deep +…(?:\[\]){4}$/m);
  expect(stdout).toMatch(/^ {2}flat +string\[\]$/m);
});

test('a secret from the environment that no header can carry is not repeated', async () => {
  const url = await startHostileServer({ tools: [TOOL] });
  const machine = createMachine();
  machine.writeConfig(`[mcp_servers.s]\nurl = "${url}"\nenv_http_headers = { "X-Key" = "KEY" }\n`);
  for (const more of [[], ['--json'], ['--debug'], ['-vv']]) {
    const { code, stdout, stderr } = await machine.runWith(
      { env: { KEY: 'sk-SECRET\nx' } },
      'tools',
      's',
      ...more,
    );
    expect(code).not.toBe(0);
    expect(stdout + stderr).not.toContain('SECRET');
  }
});

test('nor where nobody expected it', () => {
  const reasons: unknown[] = [];
  for (const careless of [
    () => new Headers({ 'x-key': 'sk-SECRET\nx' }),
    () => new Headers().set('x-key', 'sk-SECRET\nx'),
    () => new Request('sk-SECRET'),
  ]) {
    try {
      careless();
    } catch (error) {
      reasons.push(error);
    }
  }
  expect(reasons).toHaveLength(3);
  for (const reason of reasons) expect(asMcpassError(reason).message).not.toContain('SECRET');
  expect(asMcpassError(new TypeError('x is not a function')).message).toContain('x is not a function');
});

/* A question is asked on a terminal only: `script` of util-linux makes one. */

describe.skipIf(!hasTerminal)('an address that a server asks a person to open', () => {
  async function ask(address: string): Promise<{ readonly said: string; readonly answer: unknown }> {
    let answer: unknown;
    const url = await startHostileServer({
      tools: [TOOL],
      result: ({ inputResponses }) => {
        if (inputResponses !== undefined) {
          answer = (inputResponses as Record<string, unknown>)['q'];
          return '{"resultType":"complete","content":[]}';
        }
        const params = { mode: 'url', message: 'Look', url: address, elicitationId: 'e' };
        const inputRequests = { q: { method: 'elicitation/create', params } };
        return JSON.stringify({ resultType: 'input_required', inputRequests });
      },
    });
    const machine = createMachine();
    const line = `'${process.execPath}' '${PROGRAM}' call ${url} t --elicit ask`;
    const said = await new Promise<string>((resolve) => {
      const child = execFile(
        'script',
        ['-qec', line, '/dev/null'],
        { env: machine.env, timeout: 90_000 },
        (_, out) => resolve(out),
      );
      child.stdout?.on('data', (text: string) => {
        if (text.includes('Done?')) child.stdin?.write('y\r');
      });
    });
    return { said, answer };
  }

  test.each([
    ['http://pay.example/x', 'must be https'],
    ['javascript:alert(1)', 'only https'],
    ['file:///etc/passwd', 'only https'],
    ['https://bank.example@evil.example/x', 'user name or password'],
  ])('is not shown when it is %s', async (address, why) => {
    const { said, answer } = await ask(address);
    expect(said).toContain(why);
    expect(said).not.toContain('Done?');
    expect(answer).toEqual({ action: 'decline' });
  });

  test.each([
    ['https://pаypal.example/x', 'https://xn--pypal-4ve.example/x'],
    ['http://127.0.0.1:9/x', 'http://127.0.0.1:9/x'],
  ])('is shown plainly: %s', async (address, shown) => {
    const { said, answer } = await ask(address);
    expect(said).toContain(shown);
    expect(answer).toEqual({ action: 'accept' });
  });
});
