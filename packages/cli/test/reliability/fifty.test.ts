import { readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { factor, figures, reportFigures } from './figures.js';
import { createLab, expectOneRefresh, expectSuccess, type Lab, leftovers, lockFile, times } from './lab.js';

/*
 * Forty-three processes with one rotating token were all signed out, again and again. Here fifty
 * share one, and the provider revokes everything as soon as it sees a refresh token twice.
 */

reportFigures('many processes');

/** The story wants fifty; the two beside it, which are about the same lock, do with fewer unless there is time. */
const MANY = 50;
const SOME = factor > 1 ? MANY : 15;
describe('many processes', () => {
  test('with one expired token: one refresh, fifty successes, no browser', async () => {
    const lab = await createLab('plain', { rotation: 'revoke-family' });
    lab.expire();
    lab.fault('token', { delay: 300 });
    const ended = await times(MANY, () => lab.run('token', lab.sandbox.url));
    expectSuccess(ended);
    expectOneRefresh(lab);
    expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(1);
    expect(ended[0]?.stdout.trim()).toBe(lab.record().grant.tokens.access.reveal());
    expect(leftovers(lab)).toEqual([]);
    expect(figures.browserWindows).toBe(0);
  });

  test('with a token that was refused before its time', async () => {
    const lab = await createLab('plain', { rotation: 'revoke-family' });
    lab.sandbox.revokeAccessTokens();
    lab.fault('token', { delay: 300 });
    const ended = await times(SOME, () => lab.run('call', lab.sandbox.url, 'echo', 'text=hello'));
    expectSuccess(ended);
    expect(new Set(ended.map(({ stdout }) => stdout))).toEqual(new Set(['hello\n']));
    expectOneRefresh(lab);
    expect(lab.sandbox.log.of('authorize')).toEqual([]);
  });

  test('while others start and are killed: nobody who lives notices', async () => {
    // With some leeway: the killed ones may have had an answer that nobody else saw.
    const lab = await createLab('plain', { rotation: { leewaySeconds: 60 } });
    lab.expire();
    lab.fault('token', { delay: 100 }, 5);
    const killed = times(20, async () => {
      const { process, ended } = lab.start({}, 'token', lab.sandbox.url);
      await delay(Math.random() * 600);
      if (process.kill('SIGKILL')) figures.kills += 1;
      await ended;
    });
    const ended = await times(SOME, () => lab.run('token', lab.sandbox.url));
    await killed;
    expectSuccess(ended);
    // One that counted, and one for each holder that was killed over it.
    expect(lab.refreshes()).toBeLessThanOrEqual(1 + 20);
    expect(lab.record().signInNeeded).toBeUndefined();
    expect((await lab.run('refresh', lab.sandbox.url)).code).toBe(0);
  });
});

test('threads, and authorizers within them, share one refresh', async () => {
  const lab = await createLab('plain', { rotation: 'revoke-family' });
  lab.expire();
  lab.fault('token', { delay: 200 });
  const data = join(lab.machine.home, 'data');
  const tokens = await times(4, () => {
    const worker = new Worker(new URL('authorizers.mjs', import.meta.url), {
      workerData: { url: lab.sandbox.url, data, count: 5 },
    });
    return new Promise<string[]>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject);
    });
  });
  expect(tokens.flat()).toHaveLength(20);
  expect(new Set(tokens.flat()).size).toBe(1);
  expectOneRefresh(lab);
});

describe('a lock of a container that shares the directory', () => {
  // By the clock that containers share with their machine: nobody can set it.
  const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);
  const clock = [
    readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    readlinkSync('/proc/self/ns/time'),
  ].join(' ');
  const leave = (lab: Lab, deadlineMs: number) => {
    const owner = { id: 'other', machine: 'other-host boot pid:[1]', pid: process.pid, clock, deadlineMs };
    symlinkSync(JSON.stringify(owner), lockFile(lab));
  };

  test('is respected until its deadline, and then broken', async () => {
    const lab = await createLab('plain', { rotation: 'revoke-family' });
    lab.expire();
    const began = Date.now();
    leave(lab, nowMs() + 2_500);
    expectSuccess(await times(3, () => lab.run('token', lab.sandbox.url)));
    expect(lab.sandbox.log.of('token')[0]?.at).toBeGreaterThanOrEqual(began + 2_500);
    expectOneRefresh(lab);
    expect(leftovers(lab)).toEqual([]);
  });

  test('does not hold up those who need no refresh', async () => {
    const lab = await createLab();
    leave(lab, nowMs() + 40_000);
    expectSuccess([await lab.run('token', lab.sandbox.url)]);
    expect(lab.refreshes()).toBe(0);
  });
});
