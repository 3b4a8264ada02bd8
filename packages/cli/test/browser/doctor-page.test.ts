import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HOSTILE_TEXT } from '@mcpass/sandbox';
import { expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { CHROMIUM, launchChromium } from './chromium.js';

test.skipIf(CHROMIUM === undefined)(
  'the page of a doctor draws the sequence, in light and in dark, asks for nothing and runs nothing',
  async () => {
    const sandbox = await startProvider('plain', {
      metadataMembers: { scopes_supported: 7 },
      errorText: `<img src="https://evil.test/x" onerror="document.title='owned'">${HOSTILE_TEXT}`,
      iss: 'wrong',
    });
    const machine = createMachine({ person: 'denies' });
    const file = join(machine.env['HOME'] ?? '', 'report.html');
    expect((await machine.run('doctor', sandbox.url, '--login', '--html', file)).code).toBe(3);

    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(pathToFileURL(file).href);
      const heads = await page.locator('svg rect.head').count();
      // mcpass, the browser, and both servers.
      expect(heads).toBe(4);
      expect(await page.locator('svg .why').textContent()).toContain('broke here');
      expect(await page.locator('svg line.ask').count()).toBeGreaterThan(6);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.emulateMedia({ colorScheme: 'light' });
      const light = await background();
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await background()).not.toBe(light);
      // Also on a narrow screen nothing but the drawing is wider than the window.
      await page.setViewportSize({ width: 400, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
      expect(await page.title()).toContain('mcpass doctor');
      expect(asked.filter((url) => !url.startsWith('file:'))).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);
