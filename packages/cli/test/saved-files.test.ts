import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createMachine, PROGRAM } from './harness/command.js';
import { FULL } from './harness/disk.js';
import { startProvider } from './harness/provider.js';
import { atTerminal, hasTerminal } from './harness/terminal.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const image = (text: string) => ({ type: 'image', mimeType: 'image/png', data: base64(text) });
const blob = (uri: string, text: string) => ({
  type: 'resource',
  resource: { uri, mimeType: 'application/pdf', blob: base64(text) },
});

test('images, audio and blobs become files that keep to their folder, and nothing is written over', async () => {
  const sandbox = await startProvider('plain', {
    extraTools: [{ name: 'draw', inputSchema: { type: 'object' } }],
  });
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', sandbox.url);
  const cwd = join(machine.home, 'work');
  mkdirSync(cwd);
  const draw = (content: readonly object[], ...more: string[]) =>
    machine.runWith({ cwd }, 'call', sandbox.url, 'draw', `content:=${JSON.stringify(content)}`, ...more);
  const contentOf = (name: string) => readFileSync(join(cwd, name), 'utf8');

  const one = await draw([{ type: 'text', text: 'Here.' }, image('one')], '-o', 'one.png');
  expect([one.code, one.stdout]).toEqual([0, 'Here.\n[image image/png, 3 bytes]\n']);
  expect(one.stderr).toBe('Wrote one.png (image/png, 3 bytes)\n');
  expect(contentOf('one.png')).toBe('one');

  // Refused before the tool is called: its answer would be lost.
  const calls = sandbox.log.of('mcp', 'tools/call').length;
  const again = await draw([image('two')], '-o', 'one.png');
  expect([again.code, again.stdout]).toEqual([2, '']);
  expect(again.stderr).toContain('error: one.png is there already.');
  expect(sandbox.log.of('mcp', 'tools/call')).toHaveLength(calls);
  expect((await draw([image('two')], '-o', 'one.png', '--force')).code).toBe(0);
  expect(contentOf('one.png')).toBe('two');

  mkdirSync(join(cwd, 'out'));
  writeFileSync(join(cwd, 'secret'), 'mine');
  symlinkSync('../secret', join(cwd, 'out', 'plan.pdf'));
  const many = [
    image('a'),
    image('b'),
    { type: 'audio', mimeType: 'audio/mpeg', data: base64('c') },
    blob('file:///docs/plan.pdf', 'd'),
    blob('file:///other/plan.pdf', 'e'),
    blob('file:///x/..%2f..%2f..%2fescape.pdf', 'f'),
    blob('x:../../', 'g'),
    blob('file:///%1b[2J.bashrc', 'h'),
    blob('file:///nul.txt', 'i'),
    blob(`file:///${'長'.repeat(300)}.pdf`, 'j'),
    { type: 'text', text: 'no file' },
  ];
  const folder = await draw(many, '-o', 'out', '--json');
  expect(folder.code, folder.stderr).toBe(0);
  const { files } = folder.json() as { files: { path: string }[] };
  expect(files.map(({ path }) => path)).toEqual([
    'out/image-1.png',
    'out/image-2.png',
    'out/audio-3.mp3',
    'out/plan-2.pdf',
    'out/plan-3.pdf',
    'out/escape.pdf',
    'out/blob-7.pdf',
    'out/2J.bashrc',
    'out/_nul.txt',
    `out/${'長'.repeat(50)}.pdf`,
  ]);
  expect(readdirSync(join(cwd, 'out'))).toHaveLength(files.length + 1);
  expect(contentOf('secret')).toBe('mine');
  expect(existsSync(join(cwd, 'escape.pdf'))).toBe(false);

  const none = await draw([{ type: 'text', text: 'words' }], '-o', 'none');
  expect([none.code, none.stdout]).toEqual([0, 'words\n']);
  expect(none.stderr).toBe('The answer has no image, audio or blob: nothing was written.\n');
  expect((await draw([], '-o', 'x', '--raw')).code).toBe(2);

  const read = await machine.runWith({ cwd }, 'read', sandbox.url, 'sandbox://readme', '-o', 'read/');
  expect([read.code, read.stdout]).toEqual([0, '']);
  expect(readdirSync(join(cwd, 'read'))).toEqual(['readme.txt']);

  if (process.platform === 'win32') return;
  // A disk that takes no more: the words of the answer are not lost, no half file stays, and the old one is as it was.
  const large = [image('x'.repeat(20_000)), { type: 'text', text: 'kept' }];
  const line = `${FULL.prepare}; exec "$0" "$@"`;
  writeFileSync(join(cwd, 'args.json'), JSON.stringify({ content: large }));
  const words = ['call', sandbox.url, 'draw', '--args', '@args.json', '-o', 'one.png', '--force'];
  const child = spawn('bash', ['-c', line, process.execPath, PROGRAM, ...words], { cwd, env: machine.env });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  expect([code, stdout], stderr).toEqual([1, expect.stringContaining('kept\n')]);
  expect(stderr).toContain('EFBIG');
  expect(contentOf('one.png')).toBe('two');
  expect(readdirSync(cwd).filter((name) => name.startsWith('one'))).toEqual(['one.png']);
});

test.skipIf(!hasTerminal)(
  'at a terminal an image says how to keep it, and elsewhere nothing is added',
  async () => {
    const sandbox = await startProvider('plain', {
      extraTools: [{ name: 'draw', inputSchema: { type: 'object' } }],
    });
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('login', sandbox.url);
    const args = join(machine.home, 'args.json');
    writeFileSync(args, JSON.stringify({ content: [image('one')] }));
    const words = ['call', sandbox.url, 'draw', '--args', `@${args}`];
    expect(await atTerminal(machine, words, [])).toContain('-o and a file, or a folder');
    expect((await machine.run(...words)).stderr).toBe('');
  },
);
