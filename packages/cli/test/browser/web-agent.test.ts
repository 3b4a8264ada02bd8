import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { CHROMIUM, launchChromium } from './chromium.js';
import { freePort } from '../../../node/test/fixtures/free-port.js';

/* examples/web-agent.mjs, as it is, and the people who use it with a real browser. */

const PROGRAM = fileURLToPath(new URL('../../../../examples/web-agent.mjs', import.meta.url));

async function startAgent(url: string): Promise<string> {
  for (;;) {
    const base = await startAgentAt(await freePort(), url);
    if (base !== undefined) return base;
  }
}

/** Undefined where somebody else has taken the port meanwhile. */
async function startAgentAt(port: number, url: string): Promise<string | undefined> {
  const base = `http://127.0.0.1:${port}`;
  const settings = { PORT: String(port), BASE_URL: base, MCP_URL: url, STATE_KEY: 'a1'.repeat(32) };
  const agent = spawn(process.execPath, [PROGRAM], {
    env: { ...createMachine().env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void agent.kill('SIGKILL'));
  let said = '';
  const told = new Promise<void>((resolve) => {
    agent.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('\n')) resolve();
    });
    agent.once('exit', () => resolve());
  });
  let complaint = '';
  agent.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  await told;
  if (complaint.includes('EADDRINUSE')) return undefined;
  expect(said, complaint).toContain(base);
  return base;
}

describe.skipIf(CHROMIUM === undefined)('a web application with people', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function person(name: string, base: string) {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    await context.addCookies([{ name: 'user', value: name, url: base }]);
    return context.newPage();
  }

  test('consent, back button, twice, refusal, another browser and another person', async () => {
    const sandbox = await startProvider('plain');
    const base = await startAgent(sandbox.url);
    const start = `${base}/mcp/start?server=main&return=/`;
    const ann = await person('ann', base);
    const needed = await (await ann.goto(base))?.json();
    expect(needed).toMatchObject({ error: { code: 'login_required' } });
    expect(new URL(needed.signInUrl).searchParams.get('return')).toBe('/');

    // Refused: the page says it, and leads to another try.
    await ann.goto(start);
    await ann.getByRole('button', { name: 'Deny' }).click();
    await ann.waitForURL(/\/mcp\/callback/);
    expect(await ann.textContent('body')).toContain('access_denied');
    await ann.getByRole('link', { name: 'Sign in again' }).click();
    await ann.getByRole('button', { name: 'Allow' }).waitFor();

    await ann.goto(start);
    let callback = '';
    ann.on('request', (request) => {
      if (request.url().startsWith(`${base}/mcp/callback`)) callback = request.url();
    });
    await ann.getByRole('button', { name: 'Allow' }).click();
    await ann.waitForURL(`${base}/`);
    expect(await ann.textContent('body')).not.toContain('login_required');
    expect(callback).toContain('code=');

    await ann.goto(callback);
    expect(await ann.textContent('h1')).toBe('Already answered');
    await ann.goto(base);
    await ann.goBack();
    expect(await ann.textContent('h1')).toBe('Already answered');

    const elsewhere = await person('ann', base);
    await elsewhere.goto(callback);
    expect(await elsewhere.textContent('body')).toContain('was not begun in this browser');
    const bob = await person('bob', base);
    expect(await (await bob.goto(base))?.json()).toMatchObject({ error: { code: 'login_required' } });
    expect(sandbox.log.of('token')).toHaveLength(1);

    // Somebody else has taken the browser over in the meantime.
    await bob.goto(start);
    await bob.context().addCookies([{ name: 'user', value: 'eve', url: base }]);
    await bob.getByRole('button', { name: 'Allow' }).click();
    await bob.waitForURL(/\/mcp\/callback/);
    expect(await bob.textContent('body')).toContain('begun by somebody else');
    expect(sandbox.log.of('token')).toHaveLength(1);
  });
});
