import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reportFigures } from './figures.js';
import { createLab, expectSuccess } from './lab.js';

/* A server that takes a request and never answers. Real time passes here, so all of it passes at once. */

reportFigures('silence');

const LONGER_THAN_ANYBODY_WAITS = { delay: 120_000 };

async function renewInSilence(): Promise<void> {
  const lab = await createLab();
  lab.expire();
  lab.fault('token', LONGER_THAN_ANYBODY_WAITS);
  const { grant } = lab.record();
  const { code, stderr } = await lab.run('token', lab.sandbox.url);
  expect(code).toBe(5);
  expect(stderr).toMatch(/did not answer within 30 seconds\./);
  expect(stderr).toMatch(/^ {2}do: {4}try again in \d+ s; the sign-in is kept$/m);
  // It was not sent twice, and is taken the next time.
  expect(lab.refreshes()).toBe(1);
  expect(lab.record().grant).toEqual(grant);
  expectSuccess([await lab.run('refresh', lab.sandbox.url)]);
}

async function logOutInSilence(): Promise<void> {
  const lab = await createLab();
  lab.fault('revoke', LONGER_THAN_ANYBODY_WAITS, 9);
  const began = performance.now();
  const { code, stdout } = await lab.run('logout', lab.sandbox.url);
  expect(code).toBe(0);
  expect(stdout).toContain('deleted here, not revoked, because that failed (');
  expect(stdout).toContain('did not answer within 10 seconds; to end it there, ');
  expect(performance.now() - began).toBeLessThan(25_000);
  expect(existsSync(lab.file)).toBe(false);
}

test('a refresh ends after half a minute and keeps everything, a logout after ten seconds', async () => {
  await Promise.all([renewInSilence(), logOutInSilence()]);
});
