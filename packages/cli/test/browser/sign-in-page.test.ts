import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { CHROMIUM, launchChromium } from './chromium.js';

/* What a person sees: a real browser, a real click, and the page that it lands on. */

if (CHROMIUM === undefined) {
  process.stderr.write(
    'browser tests skipped: no Chromium on this machine (Debian: apt-get install chromium)\n',
  );
}

/** The address that `login` prints on a line of its own. */
function addressIn(stderr: string): string {
  const line = stderr.split('\n').find((text) => /^https?:\/\//.test(text));
  if (line === undefined) throw new Error(`no address in:\n${stderr}`);
  return line;
}

describe.skipIf(CHROMIUM === undefined)('in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function login(profile: 'plain' | 'fastmail') {
    const sandbox = await startProvider(profile);
    const machine = createMachine();
    let stderr = '';
    const running = machine.start({}, 'login', sandbox.url, '--no-browser');
    running.process.stderr.on('data', (text: string) => (stderr += text));
    await running.said('code_challenge');
    await running.said('\n\n');
    const page = await browser.newPage();
    await page.goto(addressIn(stderr));
    return { page, running, sandbox };
  }

  test('Allow leads to a page that says so, only after the token is stored', async () => {
    const { page, running, sandbox } = await login('plain');
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(/^http:\/\/(127\.0\.0\.1|localhost):/);

    expect(await page.locator('h1').textContent()).toBe(`You are signed in to ${new URL(sandbox.url).host}`);
    // The code and the state do not stay in the address bar, the history or a screenshot.
    await expect.poll(() => new URL(page.url()).search).toBe('');
    expect((await running.ended).code).toBe(0);
    expect(sandbox.log.of('token')).toHaveLength(1);
    await page.close();
  });

  test('Deny leads to a page that says so, and the command ends with 4', async () => {
    const { page, running, sandbox } = await login('plain');
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(/^http:\/\/(127\.0\.0\.1|localhost):/);

    expect(await page.locator('body').textContent()).toMatch(/refused|denied/i);
    const ended = await running.ended;
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('access_denied');
    expect(sandbox.log.of('token')).toHaveLength(0);
    await page.close();
  });

  test('the page needs nothing from anywhere, in light and in dark', async () => {
    const { page, running } = await login('plain');
    const requested: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(/^http:\/\/(127\.0\.0\.1|localhost):/);
    await running.ended;

    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).not.toBe(light);
    const hosts = requested.map((url) => new URL(url)).filter(({ protocol }) => protocol !== 'data:');
    expect(new Set(hosts.map(({ hostname }) => hostname))).toEqual(new Set(['127.0.0.1']));
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a program in a page signs in in a window of its own, and keeps it', async () => {
    const sandbox = await startProvider('plain');
    const origin = await serveExample('browser.mjs');
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(origin);
    await page.getByRole('textbox').fill(sandbox.url);
    const opened = context.waitForEvent('page');
    await page.getByRole('button').click();
    await (await opened).getByRole('button', { name: 'Allow' }).click();
    await expect.poll(() => page.locator('output').textContent()).toMatch(/^answered with (?!401)\d+$/);

    await page.reload();
    await page.getByRole('textbox').fill(sandbox.url);
    await page.getByRole('button').click();
    await expect.poll(() => page.locator('output').textContent()).toMatch(/^answered/);
    expect(sandbox.log.of('authorize')).toHaveLength(1);
    await context.close();
  });
});

/** A page with a program of examples/, at each of its addresses. */
async function serveExample(name: string): Promise<string> {
  const program = fileURLToPath(new URL(`../../../../examples/${name}`, import.meta.url));
  const { outputFiles } = await build({ entryPoints: [program], bundle: true, format: 'esm', write: false });
  const html = `<!doctype html><input><button>Ask</button><output></output><script type="module">${outputFiles[0]?.text}</script>`;
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
