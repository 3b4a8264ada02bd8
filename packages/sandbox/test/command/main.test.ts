import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { build } from 'esbuild';
import { PROFILES, QUIRKS } from '../../src/index.js';
import { openCallback } from '../support/callback.js';
import { register } from '../support/oauth.js';
import { rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();
const running: ChildProcess[] = [];
let directory = '';

// The commands are run as programs, from today's sources and not from whatever was built last.
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
  await build({
    entryPoints: ['main', 'browser'].map((name) =>
      fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url)),
    ),
    bundle: true,
    platform: 'node',
    format: 'esm',
    outdir: directory,
    outExtension: { '.js': '.mjs' },
  });
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Run {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exit: Promise<number | null>;
}

function run(program: 'main' | 'browser', args: string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [join(directory, `${program}.mjs`), ...args], {
    env: { PATH: process.env['PATH'], ...env },
  });
  running.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return { child, output, exit: new Promise((resolve) => child.once('close', resolve)) };
}

async function runToEnd(args: string[]): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const { output, exit } = run('main', args);
  const code = await exit;
  return { ...output, code };
}

describe('mcpass-sandbox', () => {
  test('runs a profile until it is told to stop, and shows what it is asked', async () => {
    const { child, output, exit } = run('main', ['fastmail', '--json', '--access-token-seconds', '5']);
    await expect.poll(() => output.stdout).toContain('\n');
    const { schema, profile, url, issuer } = JSON.parse(output.stdout) as Record<string, string>;
    expect({ schema, profile }).toEqual({ schema: 1, profile: 'fastmail' });
    expect((await fetch(`${issuer}/.well-known/oauth-authorization-server`)).status).toBe(200);
    await rpc({ url: `${url}?\u001b[31m` } as Parameters<typeof rpc>[0], 'tools/list\u001b[31m');
    await expect.poll(() => output.stderr).toContain('POST /mcp (tools/list\\u001b[31m) 401\n');
    expect(output.stderr).toContain('GET /.well-known/oauth-authorization-server 200\n');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  test('without arguments it is plain, and says what to type', async () => {
    const { child, output, exit } = run('main', ['--user', 'consent']);
    await expect.poll(() => output.stdout).toMatch(/mcpass login http:\/\/127\.0\.0\.1:\d+\/mcp\n/);
    expect(output.stdout).toMatch(/^plain: /);
    expect(output.stdout).toMatch(/authorization server {2}http:/);
    child.kill('SIGINT');
    expect(await exit).toBe(0);
  });

  test('quirks by name, and the wire with secrets cut short', async () => {
    const words = 'plain --quirk no-iss --quirk rotate-none --user consent --log --json';
    const { child, output, exit } = run('main', words.split(' '));
    await expect.poll(() => output.stdout).toContain('\n');
    const { url, issuer, quirks } = JSON.parse(output.stdout) as {
      url: string;
      issuer: string;
      quirks: string[];
    };
    expect(quirks).toEqual(['no-iss', 'rotate-none']);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const headers = { authorization: 'Bearer abcdefghijklmnop', 'content-type': 'application/json' };
    await fetch(url, { method: 'POST', body, headers });
    await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ refresh_token: 'x'.repeat(40) }),
    });
    await expect.poll(() => output.stderr).toContain('= refused: invalid_request: client_id is missing');
    expect(output.stderr).toContain('> authorization: Bearer abcdefgh…\n');
    expect(output.stderr).toContain('= refused: the access token is unknown, expired or revoked\n');
    expect(output.stderr).toContain('> refresh_token=xxxxxxxx…\n');
    expect(output.stderr).not.toContain('ijklmnop');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  test('--list names every profile and every quirk, as text and as JSON', async () => {
    const text = await runToEnd(['--list']);
    const json = JSON.parse((await runToEnd(['--list', '--json'])).stdout) as {
      profiles: { name: string; facts: string[] }[];
      quirks: { name: string }[];
    };
    expect(json.profiles.map(({ name }) => name)).toEqual(Object.keys(PROFILES));
    expect(json.quirks.map(({ name }) => name)).toEqual(Object.keys(QUIRKS));
    expect(json.profiles.every(({ facts }) => facts.length > 0)).toBe(true);
    expect([...text.stdout.matchAll(/^  (\S+) +\S/gm)].map(([, name]) => name)).toEqual([
      ...Object.keys(PROFILES),
      ...Object.keys(QUIRKS),
    ]);
    expect(text.code).toBe(0);
  });

  test('a profile that does not exist, with a suggestion', async () => {
    expect(await runToEnd(['fastmial'])).toEqual({
      stdout: '',
      stderr: 'mcpass-sandbox: unknown profile fastmial; did you mean fastmail?\n',
      code: 2,
    });
    expect((await runToEnd(['\u001b[31mxyzzy'])).stderr).toContain(
      'unknown profile \\u001b[31mxyzzy; try --list',
    );
  });

  test('a quirk or a user that does not exist, with a suggestion', async () => {
    expect((await runToEnd(['--quirk', 'no-is'])).stderr).toBe(
      'mcpass-sandbox: unknown quirk no-is; did you mean no-iss?\n',
    );
    expect((await runToEnd(['--user', 'sleeps'])).stderr).toContain('consent, deny, close, never');
  });

  test('options that make no sense', async () => {
    for (const args of [['--port', 'x'], ['--port', '70000'], ['--bogus'], ['plain', 'fastmail']]) {
      expect((await runToEnd(args)).code).toBe(2);
    }
  });

  test('a port in use', async () => {
    const { port } = new URL((await start('plain')).url);
    expect(await runToEnd(['--port', port])).toMatchObject({
      stderr: `mcpass-sandbox: port ${port} is in use\n`,
      code: 1,
    });
  });
});

describe('the browser', () => {
  test('does what its user would do, and counts its windows', async () => {
    const sandbox = await start('plain');
    await using callback = await openCallback();
    const registered = await register(sandbox, { redirect_uris: [callback.url] });
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: String(registered.json['client_id']),
      redirect_uri: callback.url,
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
    });
    const url = `${sandbox.issuer}/authorize?${query}`;
    const log = join(directory, 'windows.txt');
    const env = { SANDBOX_BROWSER_LOG: log };
    expect(await run('browser', [url], env).exit).toBe(0);
    expect(await run('browser', [url], { ...env, SANDBOX_USER: 'denies' }).exit).toBe(0);
    expect(await run('browser', [url], { ...env, SANDBOX_USER: 'never' }).exit).toBe(0);
    expect(callback.calls.map((call) => [call.has('code'), call.get('error')])).toEqual([
      [true, null],
      [false, 'access_denied'],
    ]);
    expect(readFileSync(log, 'utf8')).toBe(`${url}\n`.repeat(3));
  });

  test('fails when nobody is there, or its user is unknown', async () => {
    expect(await run('browser', ['http://127.0.0.1:9/authorize']).exit).toBe(1);
    expect(await run('browser', ['http://127.0.0.1:9/'], { SANDBOX_USER: 'sleeps' }).exit).toBe(2);
  });
});
