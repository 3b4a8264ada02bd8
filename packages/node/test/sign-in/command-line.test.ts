import { describe, expect, it } from 'vitest';
import { parseCommand, readsAddressAsScript, withAddress } from '../../src/sign-in/command-line.js';

describe('parseCommand', () => {
  it.each([
    ['firefox', ['firefox']],
    ['  firefox   --new-window ', ['firefox', '--new-window']],
    ['"/opt/my browser/run" -p "a b"', ['/opt/my browser/run', '-p', 'a b']],
    ["run 'it''s' \"\" end", ['run', 'its', '', 'end']],
    ['/opt/my\\ browser %s', ['/opt/my browser', '%s']],
    ['say "a \\"b\\""', ['say', 'a "b"']],
    ['open "unclosed word', ['open', 'unclosed word']],
  ])('splits %s', (text, words) => {
    expect(parseCommand(text, 'linux')).toEqual(words);
  });

  it('leaves backslashes alone on Windows', () => {
    expect(parseCommand('"C:\\Program Files\\b.exe" -x', 'win32')).toEqual([
      'C:\\Program Files\\b.exe',
      '-x',
    ]);
  });

  it.each(['', '   ', '""'])('finds no program in %j', (text) => {
    expect(parseCommand(text, 'linux')).toBeUndefined();
  });
});

describe('withAddress', () => {
  it('puts the address where %s stands, else at the end, unchanged', () => {
    const address = 'https://as.example/?a=$&b=%s&c=$1';
    expect(withAddress(['b', '--url=%s', 'x'], address)).toEqual(['b', `--url=${address}`, 'x']);
    expect(withAddress(['b', '-n'], address)).toEqual(['b', '-n', address]);
  });
});

describe('readsAddressAsScript', () => {
  it.each([
    [['cmd.exe', '/c', 'start']],
    [['C:\\Windows\\System32\\cmd.exe', '/c', 'start']],
    [['powershell', '-Command', 'Start-Process']],
    [['pwsh']],
    [['sh', '-c', 'firefox "%s"']],
    [['/bin/bash', '-c', 'echo %s']],
  ] as const)('refuses %s', (command) => {
    expect(readsAddressAsScript(command)).toBe(true);
  });

  it.each([
    [['firefox']],
    [['sh', '-c', 'exec firefox "$1"', '--', '%s']],
    [['sh', './browser.sh']],
  ] as const)('allows %s', (command) => {
    expect(readsAddressAsScript(command)).toBe(false);
  });
});
