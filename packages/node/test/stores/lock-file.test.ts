import { readdir, readFile, readlink, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFileLock } from '../../src/stores/lock/lock-file.js';
import { describeOwner, type LockOwner, nowMs } from '../../src/stores/lock/lock-owner.js';
import type { Lock } from '../../src/stores/lock/lock.js';
import { bundleProgram, startProgram } from '../fixtures/child.js';
import { temporaryDirectory } from '../fixtures/directory.js';

const lockFile = (directory: string) => join(directory, 'key.lock');

async function leaveLock(directory: string, owner: Partial<LockOwner>): Promise<string> {
  const text = JSON.stringify({ ...describeOwner(40_000), ...owner });
  // At once, so that nobody finds the place empty.
  await writeFile(join(directory, 'left'), text);
  await rename(join(directory, 'left'), lockFile(directory));
  return text;
}

/** Resolves when the work has the lock; `done` when it is over. */
function begin(lock: Lock, work: () => Promise<void>): Promise<{ readonly done: Promise<void> }> {
  return new Promise((resolve) => {
    const done = lock.run('key', () => {
      queueMicrotask(() => resolve({ done }));
      return work();
    });
  });
}

/** Milliseconds until the lock was had. */
async function timeToHave(
  directory: string,
  options: { holdMs?: number; waitMs?: number } = {},
): Promise<number> {
  const beganMs = nowMs();
  await createFileLock({ directory, ...options }).run('key', () => Promise.resolve());
  return nowMs() - beganMs;
}

/** Has the lock long before the one that is there would be over by itself. */
async function haveAtOnce(directory: string): Promise<void> {
  await createFileLock({ directory, waitMs: 20_000 }).run('key', () => Promise.resolve());
}

describe('a lock file', () => {
  it('is there while the work runs, and gone after it, also when it fails', async () => {
    const directory = await temporaryDirectory();
    const lock = createFileLock({ directory });
    await lock.run('key', async () => expect(await readdir(directory)).toEqual(['key.lock']));
    await expect(lock.run('key', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(directory)).toEqual([]);
  });

  it('holds no secret and names its owner', async () => {
    const directory = await temporaryDirectory();
    await createFileLock({ directory }).run('key', async () => {
      const owner = JSON.parse(await readlink(lockFile(directory))) as LockOwner;
      expect(owner.pid).toBe(process.pid);
      expect(owner.id).toMatch(/^[0-9a-f]{24}$/);
      expect(owner.deadlineMs - nowMs()).toBeLessThanOrEqual(45_000);
    });
  });

  it('is taken at once from a process that is gone', async () => {
    const directory = await temporaryDirectory();
    const { child, ended } = startProgram(await bundleProgram(''), []);
    await ended;
    await leaveLock(directory, { pid: child.pid ?? 0 });
    await haveAtOnce(directory);
  });

  it('leaves no litter of processes that died while they were breaking one', async () => {
    const directory = await temporaryDirectory();
    const { child, ended } = startProgram(await bundleProgram(''), []);
    await ended;
    await leaveLock(directory, { pid: child.pid ?? 0 });
    const marker = (owner: Partial<LockOwner>, name: string) =>
      writeFile(`${lockFile(directory)}.${name}`, JSON.stringify({ ...describeOwner(9_000), ...owner }));
    await marker({ pid: child.pid ?? 0 }, 'dead');
    await marker({}, 'living');
    await createFileLock({ directory }).run('key', () => Promise.resolve());
    expect(await readdir(directory)).toEqual(['key.lock.living']);
  });

  it.runIf(process.platform === 'linux')(
    'is taken from a process whose id another one has by now',
    async () => {
      const directory = await temporaryDirectory();
      await leaveLock(directory, { started: '1' });
      await haveAtOnce(directory);
    },
  );

  it('is not taken from a living process, and says which', async () => {
    const directory = await temporaryDirectory();
    const text = await leaveLock(directory, {});
    await expect(timeToHave(directory, { waitMs: 100 })).rejects.toMatchObject({
      code: 'store_unwritable',
      message: expect.stringContaining(`Process ${process.pid}`) as string,
      facts: { file: lockFile(directory) },
    });
    expect(await readFile(lockFile(directory), 'utf8')).toBe(text);
  });

  it('of another container is not judged by its process id, only by its deadline', async () => {
    const directory = await temporaryDirectory();
    await leaveLock(directory, { machine: 'other-host', pid: 4_000_000 });
    await expect(timeToHave(directory, { waitMs: 100 })).rejects.toMatchObject({ code: 'store_unwritable' });
    await leaveLock(directory, { machine: 'other-host', deadlineMs: nowMs() - 1 });
    await haveAtOnce(directory);
  });

  it.each([-600_000, 600_000, 86_400_000_000])(
    'of another machine is over when it has given no sign of life for as long as anybody may hold: %d ms off',
    async (offMs) => {
      const directory = await temporaryDirectory();
      await leaveLock(directory, {
        machine: 'other-host',
        clock: 'other-boot',
        deadlineMs: nowMs() + offMs,
      });
      const waited = await timeToHave(directory, { holdMs: 150, waitMs: 20_000 });
      expect(waited).toBeGreaterThanOrEqual(150);
    },
  );

  it('that was never written whole is over after the same time', async () => {
    const directory = await temporaryDirectory();
    await writeFile(lockFile(directory), '');
    expect(await timeToHave(directory, { holdMs: 100, waitMs: 20_000 })).toBeGreaterThanOrEqual(100);
  });

  it.each(['x/../..', 'a'.repeat(300), ''])('with the id %j counts as never written whole', async (id) => {
    const directory = await temporaryDirectory();
    await leaveLock(directory, { id, deadlineMs: nowMs() - 1 });
    expect(await timeToHave(directory, { holdMs: 100, waitMs: 20_000 })).toBeGreaterThanOrEqual(100);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is not stuck behind a process that died while it removed a dead lock', async () => {
    const directory = await temporaryDirectory();
    const dead = { started: '1', machine: 'other-host', deadlineMs: nowMs() - 1 };
    await leaveLock(directory, { ...dead, id: 'first' });
    const text = await readFile(lockFile(directory), 'utf8');
    await writeFile(`${lockFile(directory)}.first`, text.replace('"first"', '"second"'));
    await haveAtOnce(directory);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is not removed by somebody who found an older one dead', async () => {
    const directory = await temporaryDirectory();
    // Long enough for the living one to come, however busy this machine is.
    const remover = createFileLock({ directory, waitMs: 2_000 });
    await leaveLock(directory, { deadlineMs: nowMs() - 1, id: 'dead' });
    // Another process is just removing the dead one, and a living one comes before we look again.
    await writeFile(`${lockFile(directory)}.dead`, JSON.stringify(describeOwner(5_000)));
    const trying = remover.run('key', () => Promise.resolve());
    await delay(30);
    const living = await leaveLock(directory, {});
    await expect(trying).rejects.toMatchObject({ code: 'store_unwritable' });
    expect(await readFile(lockFile(directory), 'utf8')).toBe(living);
  });

  it('tells a holder that was stopped that another one went on, and leaves the new lock alone', async () => {
    const directory = await temporaryDirectory();
    const sleeper = createFileLock({ directory, holdMs: 50 });
    const other = createFileLock({ directory });
    await sleeper.run('key', async (hold) => {
      stopFor(80);
      await other.run('key', async () => {
        await expect(hold.check()).rejects.toMatchObject({ code: 'store_unwritable', fault: 'ours' });
      });
    });
    let wake = () => {};
    let finish = () => {};
    const slept = await begin(sleeper, () => new Promise<void>((resolve) => (wake = resolve)));
    stopFor(80);
    const held = await begin(other, () => new Promise<void>((resolve) => (finish = resolve)));
    wake();
    await slept.done;
    expect(await readdir(directory)).toEqual(['key.lock']);
    finish();
    await held.done;
    expect(await readdir(directory)).toEqual([]);
  });
});

/** The loop stands still, as in a process that is stopped. */
function stopFor(ms: number): void {
  const until = nowMs() + ms;
  while (nowMs() <= until);
}

describe('a lock whose holder lives', () => {
  const options = { holdMs: 1_000 };

  it('is held for as long as the work takes', async () => {
    const directory = await temporaryDirectory();
    let finish = () => {};
    // Long enough for a renewal to come in time on a busy machine.
    const held = await begin(
      createFileLock({ directory, holdMs: 3_000 }),
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    const first = await readlink(lockFile(directory));
    await delay(6_600);
    const later = await readlink(lockFile(directory));
    const [before, after] = [first, later].map((text) => JSON.parse(text) as LockOwner);
    expect(after).toEqual({ ...before, deadlineMs: expect.any(Number) as number });
    expect(after?.deadlineMs).toBeGreaterThan(nowMs());
    await expect(timeToHave(directory, { holdMs: 3_000, waitMs: 3_500 })).rejects.toMatchObject({
      code: 'store_unwritable',
    });
    finish();
    await held.done;
    expect(await readdir(directory)).toEqual([]);
  });

  it('is not renewed over the file of another holder', async () => {
    const directory = await temporaryDirectory();
    let finish = () => {};
    const held = await begin(
      createFileLock({ directory, ...options }),
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    stopFor(1_100);
    await unlink(lockFile(directory));
    const other = await leaveLock(directory, {});
    await delay(1_100);
    finish();
    await held.done;
    expect(await readFile(lockFile(directory), 'utf8')).toBe(other);
  });
});

describe('who waits', () => {
  it('is told once who holds the lock, after a while', async () => {
    const directory = await temporaryDirectory();
    await leaveLock(directory, {});
    const told: string[] = [];
    const onWait = (holder: string) => told.push(holder);
    const patient = createFileLock({ directory, tellAfterMs: 60_000, onWait });
    await expect(patient.run('key', () => Promise.resolve(), { waitMs: 20 })).rejects.toMatchObject({
      facts: { waitedMs: 20 },
    });
    expect(told).toEqual([]);
    const lock = createFileLock({ directory, tellAfterMs: 50, onWait });
    await expect(lock.run('key', () => Promise.resolve(), { waitMs: 2_000 })).rejects.toThrow();
    expect(told).toEqual([`process ${process.pid}`]);
    await leaveLock(directory, { machine: 'other-host', pid: 7 });
    await expect(lock.run('key', () => Promise.resolve(), { waitMs: 2_000 })).rejects.toMatchObject({
      message: expect.stringMatching(/^Process 7 of another machine or container has held/) as string,
    });
    expect(told[1]).toBe('process 7 of another machine or container');
  });

  it.each(['in this process', 'elsewhere'])('can give up: behind a holder %s', async (where) => {
    const directory = await temporaryDirectory();
    const lock = createFileLock({ directory });
    let finish = () => {};
    const held = await begin(
      where === 'elsewhere' ? createFileLock({ directory }) : lock,
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    const stop = new AbortController();
    let worked = false;
    const waiting = lock.run('key', () => Promise.resolve((worked = true)), { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 30);
    await expect(waiting).rejects.toThrow('enough');
    finish();
    await held.done;
    await lock.run('key', () => Promise.resolve());
    expect(worked).toBe(false);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('many processes', () => {
  let program = '';
  beforeAll(async () => {
    program = await bundleProgram(`
      import { appendFileSync } from 'node:fs';
      import { emptyRecord } from '@mcpass/auth';
      import { openStore } from './stores.js';
      const [data, log, count] = process.argv.slice(2);
      const key = { server: 'https://mcp.example.com/mcp', account: 'default' };
      const store = openStore({ choice: 'plain', paths: { data } });
      for (let turn = 0; turn < Number(count); turn += 1) {
        await store.update(key, async (current) => {
          appendFileSync(log, 'in\\n');
          await new Promise((resolve) => setTimeout(resolve, 1));
          appendFileSync(log, 'out\\n');
          return { ...(current ?? emptyRecord(key)) };
        });
      }
    `);
  });

  it('lose no update and are never inside together', async () => {
    const data = await temporaryDirectory();
    const log = join(data, 'log');
    const runs = Array.from({ length: 4 }, () => startProgram(program, [data, log, '10']));
    const ends = await Promise.all(runs.map((run) => run.ended));
    expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      ends.map(() => ({ code: 0, stderr: '' })),
    );
    expect(await readFile(log, 'utf8')).toBe('in\nout\n'.repeat(40));
    const record = (await readdir(join(data, 'credentials'))).find((name) => name.endsWith('.json')) ?? '';
    expect(JSON.parse(await readFile(join(data, 'credentials', record), 'utf8'))).toMatchObject({
      generation: 40,
    });
    expect(await readdir(join(data, 'credentials'))).toEqual([record]);
  });

  it('go on when one of them is killed inside', async () => {
    const data = await temporaryDirectory();
    const log = join(data, 'log');
    const victim = startProgram(program, [data, log, '100000']);
    await expect.poll(() => readFile(log, 'utf8').catch(() => '')).toContain('in');
    victim.child.kill('SIGKILL');
    await victim.ended;
    const next = startProgram(program, [data, log, '1']);
    // It does not wait for as long as the dead one might have held the lock, which is longer than this.
    const limit = setTimeout(() => next.child.kill('SIGKILL'), 30_000);
    expect(await next.ended).toMatchObject({ code: 0, stderr: '' });
    clearTimeout(limit);
  });
});
