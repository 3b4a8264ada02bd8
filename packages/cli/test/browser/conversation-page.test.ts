import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { startProvider } from '../harness/provider.js';
import { CHROMIUM, launchChromium } from './chromium.js';

describe.skipIf(CHROMIUM === undefined)("the sandbox's conversation in a real browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test('grows as it happens, runs nothing of what is sent, and is there in light and in dark', async () => {
    const sandbox = await startProvider('plain');
    const page = await browser.newPage();
    const ran: string[] = [];
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => ran.push(dialog.message())));
    await page.goto(new URL('/', sandbox.url).href, { waitUntil: 'commit' });
    const rows = page.locator('article');
    const attack = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    for (const path of ['/token', `/${encodeURIComponent(attack)}`]) {
      await fetch(sandbox.issuer + path, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: attack }),
      });
    }
    await expect.poll(() => rows.count()).toBe(2);
    expect(await rows.first().textContent()).toContain('refused: invalid_request: client_id is missing');
    expect(await rows.first().textContent()).toContain(attack);
    expect(await page.locator('article img, article script').count()).toBe(0);
    const shades: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      shades.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    }
    expect(new Set(shades).size).toBe(2);
    expect(ran).toEqual([]);
  });
});
