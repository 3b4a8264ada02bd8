import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Sandbox } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';
import { createMachine, type Machine } from './harness/command.js';
import { startProvider } from './harness/provider.js';

/* Scripts and agents cannot wait in a terminal: they begin a sign-in, somebody opens the address, they finish it. */

/** What the person's browser ends on, whether anybody listens there or not. */
async function consent(authorizationUrl: string): Promise<string> {
  const page = await fetch(authorizationUrl);
  const html = await page.text();
  const action = /<form method="post" action="([^"]*)"/.exec(html)?.[1] ?? '';
  const form = new URLSearchParams({ decision: 'allow' });
  for (const [, name = '', value = ''] of html.matchAll(
    /<input type="hidden" name="([^"]*)" value="([^"]*)"/g,
  )) {
    form.set(name, value.replaceAll('&amp;', '&'));
  }
  const url = new URL(action.replaceAll('&amp;', '&'), page.url);
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  return answer.headers.get('location') ?? '';
}

test('--no-wait prints the address and what to run, and ends with 7; --resume takes the answer from a pipe', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine();
  const env = { CI: '1' };
  const begun = await machine.runWith({ env }, 'login', sandbox.url, '--no-wait', '--json');
  expect(begun.code).toBe(7);
  const { authorizationUrl, state, expiresAt, next } = begun.json() as Record<string, string>;
  expect(state).toBe('pending');
  expect(next).toBe(`mcpass login ${sandbox.url} --resume`);
  expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now());

  const landed = await consent(authorizationUrl ?? '');
  sandbox.log.clear();
  const finished = await machine.runWith({ env, stdin: `${landed}\n` }, 'login', sandbox.url, '--resume');
  expect(finished.code, finished.stderr).toBe(0);
  // Nothing is discovered or registered a second time.
  expect(sandbox.log.all.map(({ endpoint }) => endpoint)).toEqual(['token']);
  expect((await machine.run('call', sandbox.url, 'echo', 'text=hi')).stdout).toBe('hi\n');
});

test('a client of your own goes with both steps, and is written to the configuration with the second', async () => {
  const sandbox = await startProvider('pre-registered');
  const machine = createMachine();
  const env = { CRM_SECRET: 'sandbox-secret' };
  const own = ['--client-id', 'sandbox-client', '--client-secret-env', 'CRM_SECRET'];
  await machine.prepare('add', 'crm', sandbox.url);
  const before = readFileSync(machine.configFile, 'utf8');
  const begun = await machine.runWith({ env }, 'login', 'crm', '--no-wait', '--json', ...own);
  expect(begun.code, begun.stderr).toBe(7);
  const { authorizationUrl = '', next } = begun.json() as Record<string, string>;
  expect(next).toBe(`mcpass login crm --resume ${own.join(' ')}`);
  expect(readFileSync(machine.configFile, 'utf8')).toBe(before);
  const stdin = `${await consent(authorizationUrl)}\n`;
  const finished = await machine.runWith({ env, stdin }, 'login', 'crm', '--resume', ...own);
  expect(finished.code, finished.stderr).toBe(0);
  expect(readFileSync(machine.configFile, 'utf8')).toContain('client_id = "sandbox-client"');
  expect((await machine.runWith({ env }, 'call', 'crm', 'echo', 'text=hi')).stdout).toBe('hi\n');
  for (const step of ['--no-wait', '--resume']) {
    const piped = await machine.run('login', 'crm', step, '--client-id', 'x', '--client-secret-stdin');
    expect([piped.code, piped.stderr]).toEqual([2, expect.stringContaining('standard input brings')]);
  }
});

test('--resume also waits where the browser will land', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine();
  const begun = await machine.run('login', sandbox.url, '--no-wait', '--json');
  const { authorizationUrl = '' } = begun.json() as Record<string, string>;
  const running = machine.start({ keepInput: true }, 'login', sandbox.url, '--resume');
  await running.said('code_challenge');
  await sandbox.user('consents').open(authorizationUrl);
  expect((await running.ended).code).toBe(0);
});

test('an answer to another sign-in is not taken, and the right one still is', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine();
  const begun = await machine.run('login', sandbox.url, '--no-wait', '--json');
  const { authorizationUrl = '' } = begun.json() as Record<string, string>;
  const landed = await consent(authorizationUrl);
  const forged = landed.replace(/state=[^&]*/, 'state=forged');
  const { code, stderr } = await machine.runWith(
    { stdin: `${forged}\n${landed}\n` },
    'login',
    sandbox.url,
    '--resume',
  );
  expect(code, stderr).toBe(0);
  expect(sandbox.log.of('token')).toHaveLength(1);
});

test('without a beginning there is nothing to finish, and both at once are refused', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine();
  const alone = await machine.run('login', sandbox.url, '--resume');
  expect(alone.code).toBe(2);
  expect(alone.stderr).toContain(`mcpass login ${sandbox.url}`);
  expect((await machine.run('login', sandbox.url, '--resume', '--no-wait')).code).toBe(2);
});

test('too late is said, and nothing is asked', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine();
  await machine.run('login', sandbox.url, '--no-wait', '--timeout', '1');
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  sandbox.log.clear();
  const { code, stderr } = await machine.run('login', sandbox.url, '--resume');
  expect(code).toBe(4);
  expect(stderr).toContain('expired');
  expect(sandbox.log.all).toEqual([]);
});

test('a working sign-in goes on working while another one is under way', async () => {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', sandbox.url);
  expect((await machine.run('login', sandbox.url, '--no-wait')).code).toBe(7);
  expect((await machine.run('tools', sandbox.url)).code).toBe(0);
  expect(readFileSync(machine.configFile, { encoding: 'utf8', flag: 'a+' })).not.toContain('code_verifier');
});

/** What somebody can still do who was not there: open the address, and run the command that is named. */
async function goOn(sandbox: Sandbox, machine: Machine, hint: string): Promise<void> {
  const [address = ''] = /https?:\/\/\S+authorize\S*/.exec(hint) ?? [];
  const [, next = ''] = /^.*open .* and then run: mcpass (.*)$/m.exec(hint) ?? [];
  const landed = await consent(address);
  const finished = await machine.runWith({ stdin: `${landed}\n` }, ...next.split(' '));
  expect(finished.code, finished.stderr).toBe(0);
  expect(sandbox.log.of('register')).toHaveLength(1);
}

describe('where nobody is: no browser, no terminal, no more input', () => {
  test.each([
    ['none is wanted', { MCPASS_BROWSER: 'none' }],
    ['there is no display', {}],
    ['it cannot be started', { MCPASS_BROWSER: '/no/such/browser' }],
  ])('a command with --login ends at once with what goes on: %s', async (_, env) => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    const words = ['call', sandbox.url, 'echo', 'text=a', '--account', 'work'];
    const { code, stdout, stderr } = await machine.runWith({ env, limitMs: 60_000 }, ...words, '--login');
    expect([code, stdout], stderr).toEqual([4, '']);
    expect(stderr).not.toContain('Waiting up to');
    const error = stderr.slice(stderr.indexOf('error: '));
    expect(error).toMatch(/^error: Nobody can sign in here: /);
    expect(error.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
    expect((await machine.run('status', sandbox.url, '--account', 'work', '--json')).json()).toMatchObject({
      servers: [{ pending: true }],
    });
    await goOn(sandbox, machine, error);
    expect((await machine.run(...words)).stdout).toBe('a\n');
  });

  test('--resume ends at once too, as often as it is tried, and waits where an input is open or a display is there', async () => {
    const sandbox = await startProvider('plain');
    const machine = createMachine();
    expect((await machine.run('login', sandbox.url, '--no-wait')).code).toBe(7);
    for (const stdin of ['', '\n']) {
      const ended = await machine.runWith(
        { stdin, limitMs: 60_000 },
        'login',
        sandbox.url,
        '--resume',
        '--json',
      );
      expect([ended.code, ended.stdout], ended.stderr).toEqual([4, '']);
    }
    for (const options of [{ keepInput: true }, { env: { DISPLAY: ':9' } }]) {
      const running = machine.start(options, 'login', sandbox.url, '--resume', '--timeout', '1');
      await running.said('Waiting up to');
      await wait(1_000);
      expect(running.process.exitCode).toBeNull();
      running.process.kill('SIGTERM');
      expect((await running.ended).code).toBe(143);
    }
    const { stderr } = await machine.run('login', sandbox.url, '--resume');
    await goOn(sandbox, machine, stderr);
  });

  test('what the memory keeps cannot be gone on with: then there is nothing to resume', async () => {
    const sandbox = await startProvider('plain');
    const env = { MCPASS_CREDENTIALS_STORE: 'memory' };
    const { code, stderr } = await createMachine().runWith({ env }, 'tools', sandbox.url, '--login');
    expect(code).toBe(4);
    expect(stderr).toContain(`run:   mcpass login ${sandbox.url}\n`);
    expect(stderr).not.toContain('--resume');
  });
});
