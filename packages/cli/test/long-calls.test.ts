import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';

/*
 * fetch gives up after five minutes without an answer, or between two parts of one. Nobody waits that long here: its
 * clock, which counts the beats of one timer, is made to beat three hundred times as fast.
 */

const BEAT_MS = 499;
const FASTER = `const set = globalThis.setTimeout;
globalThis.setTimeout = (call, ms, ...rest) => set(call, ms === ${BEAT_MS} ? 1 : ms, ...rest);
`;
/** Longer than five such minutes. */
const LONG_MS = 3_000;
/** Longer than a test lasts. */
const NEVER_MS = 600_000;

interface Message {
  readonly id?: number;
  readonly method?: string;
}

/** An MCP server whose one tool takes its time: before it answers, or within the answer. */
async function startSlowServer(silent: 'before' | 'within', forMs = LONG_MS): Promise<string> {
  const answer = (response: ServerResponse, { id, method }: Message) => {
    if (id === undefined) return response.writeHead(202).end();
    const result =
      method === 'initialize'
        ? {
            protocolVersion: '2025-11-25',
            capabilities: { tools: {} },
            serverInfo: { name: 'slow', version: '1' },
          }
        : method === 'tools/list'
          ? { tools: [{ name: 'work', inputSchema: { type: 'object' } }] }
          : { content: [{ type: 'text', text: 'done' }] };
    const text = `data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`;
    const begin = () => response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (method !== 'tools/call') return begin().end(text);
    if (silent === 'within') begin().flushHeaders();
    return setTimeout(() => {
      if (silent === 'before') begin();
      response.end(text);
    }, forMs);
  };
  return listen(
    createServer((request: IncomingMessage, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (request.method === 'POST') answer(response, JSON.parse(body) as Message);
        else response.writeHead(405).end();
      });
    }),
  );
}

/** A proxy to this machine, whatever name it was asked for. */
async function startProxy(): Promise<{ readonly url: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const proxy = createServer((_, response) => response.writeHead(500).end());
  proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
    asked.push(request.url ?? '');
    const target = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  return { url: await listen(proxy), asked };
}

async function listen(server: Server & { closeAllConnections?: () => void }): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections?.();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function prepare(url: string, seconds: number): { readonly machine: Machine; readonly fast: string } {
  const machine = createMachine();
  machine.writeConfig(`[mcp_servers.slow]\nurl = "${url}/mcp"\ntool_timeout_sec = ${seconds}\n`);
  const file = join(machine.home, 'faster.mjs');
  writeFileSync(file, FASTER);
  return { machine, fast: `--import ${pathToFileURL(file).href}` };
}

const WAYS: readonly (readonly [string, boolean])[] = [
  ['through a proxy', true],
  ['on this machine, where the proxy is for others', false],
];

async function startBoth(silent: 'before' | 'within', isAsked: boolean, forMs = LONG_MS) {
  const server = await startSlowServer(silent, forMs);
  const proxy = await startProxy();
  return { proxy, url: isAsked ? server.replace('127.0.0.1', 'slow.example') : server };
}

describe.each(['before', 'within'] as const)(
  'a tool that is silent for six minutes %s its answer',
  (silent) => {
    test.each(WAYS)('is waited for by call, when tool_timeout_sec says so, %s', async (_, isAsked) => {
      const { proxy, url } = await startBoth(silent, isAsked);
      const { machine, fast } = prepare(url, 600);
      const env = { NODE_OPTIONS: fast, ALL_PROXY: proxy.url };
      const ended = await machine.runWith({ env }, 'call', 'slow', 'work');
      expect([ended.code, ended.stdout], ended.stderr).toEqual([0, 'done\n']);
      expect(proxy.asked.length > 0).toBe(isAsked);
    });

    test.each(WAYS)('is waited for by the bridge, %s', async (_, isAsked) => {
      const { proxy, url } = await startBoth(silent, isAsked);
      const { machine, fast } = prepare(url, 600);
      const env = { NODE_OPTIONS: fast, ALL_PROXY: proxy.url };
      const running = machine.start({ env, keepInput: true }, 'bridge', 'slow');
      const call = (id: number, method: string, params: object) =>
        running.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
      const answers: string[] = [];
      running.process.stdout.on('data', (chunk: Buffer) => {
        answers.push(chunk.toString());
        if (answers.join('').includes('"id":2')) running.process.stdin.end();
      });
      call(1, 'initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      });
      call(2, 'tools/call', { name: 'work', arguments: {} });
      const { code, stdout, stderr } = await running.ended;
      expect(code, stderr).toBe(0);
      expect(stdout).toContain('"text":"done"');
      expect(proxy.asked.length > 0).toBe(isAsked);
    });
  },
);

test('the fetch behind a proxy gives up by itself, so that these tests can tell', async () => {
  const { proxy, url } = await startBoth('before', true, NEVER_MS);
  const { machine, fast } = prepare(url, 300);
  const env = { NODE_OPTIONS: fast, ALL_PROXY: proxy.url };
  const ended = await machine.runWith({ env }, 'call', 'slow', 'work');
  expect([ended.code, ended.stderr]).toEqual([5, expect.stringContaining('UND_ERR_HEADERS_TIMEOUT')]);
});
