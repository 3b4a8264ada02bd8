import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changeText } from '../../src/config/text-file.js';

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mcpass-text-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('makes the directories of a new file, and removes a file that is to be none', async () => {
  const file = join(createDirectory(), 'a', 'b', 'settings.json');
  const seen: (string | undefined)[] = [];
  const change = (text: string | undefined) => (before: string | undefined) => {
    seen.push(before);
    return { text };
  };
  await changeText(file, { change: change('{}') });
  expect(readFileSync(file, 'utf8')).toBe('{}');
  await changeText(file, { change: change(undefined) });
  expect(existsSync(file)).toBe(false);
  expect(seen).toEqual([undefined, '{}']);
});

test('lays a copy beside it first, with its mode, and the lock elsewhere', async () => {
  const directory = createDirectory();
  const file = join(directory, 'settings.json');
  writeFileSync(file, 'old', { mode: 0o640 });
  const during: string[] = [];
  await changeText(file, {
    lockDirectory: join(directory, 'locks'),
    change() {
      during.push(...readdirSync(directory), ...readdirSync(join(directory, 'locks')));
      return { text: 'new', backup: `${file}.copy` };
    },
  });
  expect([readFileSync(file, 'utf8'), readFileSync(`${file}.copy`, 'utf8')]).toEqual(['new', 'old']);
  if (process.platform !== 'win32') {
    expect([statSync(file).mode & 0o777, statSync(`${file}.copy`).mode & 0o777]).toEqual([0o640, 0o640]);
  }
  // Hosts have locks of their own beside their files.
  expect(during.filter((name) => name.endsWith('.lock'))).toHaveLength(1);
  expect(readdirSync(directory).toSorted()).toEqual(['locks', 'settings.json', 'settings.json.copy']);
});

test('begins again when another program saved meanwhile, and changes nothing when nothing is to do', async () => {
  const file = join(createDirectory(), 'settings.json');
  writeFileSync(file, 'one');
  await changeText(file, {
    change(text = '') {
      if (text === 'one') writeFileSync(file, 'two');
      return { text: `${text}, mine`, backup: `${file}.copy` };
    },
  });
  expect([readFileSync(file, 'utf8'), readFileSync(`${file}.copy`, 'utf8')]).toEqual(['two, mine', 'two']);
  const { mtimeMs } = statSync(file);
  await changeText(file, { change: () => undefined });
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
});

test('gives up with a word on it when another program keeps saving', async () => {
  const file = join(createDirectory(), 'settings.json');
  writeFileSync(file, '');
  let saved = 0;
  const changed = changeText(file, {
    change() {
      saved += 1;
      writeFileSync(file, String(saved));
      return { text: 'mine' };
    },
  });
  await expect(changed).rejects.toMatchObject({
    code: 'config_invalid',
    message: `${file} cannot be written: another program keeps changing it.`,
  });
  expect(readFileSync(file, 'utf8')).toBe(String(saved));
});

test.skipIf(process.platform === 'win32')('leaves a file that nobody may write', async () => {
  const file = join(createDirectory(), 'settings.json');
  writeFileSync(file, 'old', { mode: 0o444 });
  const change = (text: string | undefined) =>
    changeText(file, { change: () => ({ text, backup: `${file}.copy` }) });
  for (const text of ['new', undefined]) {
    await expect(change(text)).rejects.toMatchObject({
      code: 'config_invalid',
      message: `${file} is read-only; nothing was changed.`,
      remedy: { do: 'say', text: `if it may be changed: chmod u+w '${file}'` },
    });
  }
  expect([readFileSync(file, 'utf8'), existsSync(`${file}.copy`)]).toEqual(['old', false]);
});
