import { describe, expect, it } from 'vitest';
import { judgeBrowserCommand } from '../../src/sign-in/browser-command.js';
import { parseCommand, withAddress } from '../../src/sign-in/command-line.js';

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

describe('judgeBrowserCommand', () => {
  it.each([
    'cmd.exe /c start',
    String.raw`"C:\Windows\System32\cmd.exe" /c start`,
    'powershell -Command Start-Process',
    'pwsh',
    '/usr/bin/env pwsh -File x.ps1',
    'sh -c "firefox %s"',
    `sh -c 'exec firefox "$1"' -- %s`,
    '/bin/bash -c "echo %s"',
    'bash -c',
    'bash -lc %s',
    'bash -c %s',
    'fish --command=%s',
    'nohup sh -c "true %s"',
    '/usr/bin/env bash -c "true %s"',
    'env -S "bash -c true" %s',
    'env -Sbash -c true',
    'env --split-string="bash -c true"',
    '/opt/bin/bash-5.2 -c true',
    'ksh93 -c true',
    'busybox sh -c %s',
    'ssh laptop xdg-open %s',
    'ssh laptop open',
    'sshpass -e ssh laptop open',
    'mosh laptop -- open %s',
    'adb shell am start -d %s',
    'wsl.exe wslview %s',
    'su me -c xdg-open',
    'sudo -u me -i xdg-open %s',
    'sudo -ns xdg-open',
    'sudo --login xdg-open',
    'doas sh -c %s',
    'tmux new-window lynx %s',
    'screen lynx',
    'watch lynx %s',
    'xterm -e lynx %s',
    '/usr/bin/gnome-terminal --command lynx',
    'script -qc lynx',
    'nix-shell --run %s',
    'python3 -c %s',
    'osascript -e \'open location "%s"\'',
    'node --eval "open(\'%s\')"',
    'emacsclient --eval',
    'perl -e',
  ])('refuses %s', (text) => {
    expect(judgeBrowserCommand(parseCommand(text, text.includes('C:') ? 'win32' : 'linux') ?? [''])).toMatch(
      /./,
    );
  });

  it.each([
    'firefox',
    'firefox --new-window --class=x %s',
    'chromium --app=%s',
    'firefox -private %s',
    '/usr/bin/env firefox -P work %s',
    'env MOZ_ENABLE_WAYLAND=1 firefox',
    'sh ./browser.sh',
    'sudo -u me firefox %s',
    'flatpak run org.mozilla.firefox %s',
    'open -a Safari',
    'node browser.mjs',
    '"/opt/my browser/run" --url=%s',
    '/home/me/ssh-helper.sh',
  ])('allows %s', (text) => {
    expect(judgeBrowserCommand(parseCommand(text, 'linux') ?? [''])).toBeUndefined();
  });
});
