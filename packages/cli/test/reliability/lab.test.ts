import { expect, test } from 'vitest';
import { figures } from './figures.js';
import { createLab, expectSuccess } from './lab.js';

/* What the figures are counted with, tried on what must not happen. */

test('a window that anything but a sign-in opens is counted, once', async () => {
  const lab = await createLab();
  const { url } = lab.sandbox;
  expect(figures.browserWindows).toBe(0);
  expectSuccess([await lab.run('token', url), await lab.run('logout', url)]);
  expect(figures.browserWindows).toBe(0);
  const signingIn = await Promise.all([lab.run('tools', url, '--login'), lab.run('list')]);
  expectSuccess(signingIn);
  expect(figures.browserWindows).toBe(1);
});
