import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseBrowser, openBrowser } from '../../src/sign-in/browser.js';
import { signInObstacle } from '../../src/sign-in/sign-in-check.js';
import { readSurroundings } from '../../src/surroundings.js';
import { temporaryDirectory } from '../fixtures/directory.js';

const desktop = readSurroundings({ env: { DISPLAY: ':0' }, platform: 'linux', terminal: true });
const choose = (env: Record<string, string>, more: object = {}) =>
  chooseBrowser({ env, platform: 'linux', surroundings: desktop, ...more });

describe('chooseBrowser', () => {
  it('takes --browser before MCPASS_BROWSER before BROWSER before the platform', () => {
    const env = { MCPASS_BROWSER: 'two', BROWSER: 'three' };
    expect(choose(env, { browser: 'one' })).toMatchObject({ from: '--browser', commands: [['one']] });
    expect(choose(env)).toMatchObject({ from: 'MCPASS_BROWSER', commands: [['two']] });
    expect(choose({ BROWSER: 'three' })).toMatchObject({ from: 'BROWSER', commands: [['three']] });
    expect(choose({})).toEqual({ kind: 'platform' });
  });

  it('reads BROWSER as a list with colons, and the others not', () => {
    expect(choose({ BROWSER: 'firefox -P a:chromium %s' })).toMatchObject({
      commands: [
        ['firefox', '-P', 'a'],
        ['chromium', '%s'],
      ],
    });
    expect(choose({ MCPASS_BROWSER: 'a:b' })).toMatchObject({ commands: [['a:b']] });
  });

  it('takes an existing path with blanks in it whole', async () => {
    const program = join(await temporaryDirectory(), 'my browser');
    await writeFile(program, '');
    expect(choose({ BROWSER: program })).toMatchObject({ commands: [[program]] });
  });

  it('opens nothing when told so', () => {
    expect(choose({ BROWSER: 'none' })).toEqual({ kind: 'none', why: 'asked' });
    expect(choose({ BROWSER: 'firefox' }, { browser: 'none' })).toEqual({ kind: 'none', why: 'asked' });
    expect(choose({ BROWSER: 'firefox' }, { noBrowser: true })).toEqual({ kind: 'none', why: 'asked' });
  });

  it('opens nothing by itself over SSH or without a display, but a configured browser always', () => {
    const ssh = { surroundings: { ...desktop, ssh: true } };
    const bare = { surroundings: { ...desktop, display: false } };
    expect(choose({}, ssh)).toEqual({ kind: 'none', why: 'ssh' });
    expect(choose({}, bare)).toEqual({ kind: 'none', why: 'no_display' });
    expect(choose({ BROWSER: 'firefox' }, ssh).kind).toBe('commands');
    expect(choose({ BROWSER: 'firefox' }, bare).kind).toBe('commands');
  });
});

describe('on WSL', () => {
  it('the browser is that of Windows, although Linux has no display', () => {
    const surroundings = readSurroundings({
      env: { WSL_DISTRO_NAME: 'Ubuntu' },
      platform: 'linux',
      terminal: true,
    });
    expect(choose({}, { surroundings })).toEqual({ kind: 'platform' });
    expect(choose({ BROWSER: 'wslview' }, { surroundings })).toMatchObject({ commands: [['wslview']] });
  });
});

describe.skipIf(process.platform === 'win32')('openBrowser', () => {
  const address = 'https://as.example/authorize?a=1&b=$(touch%20x)&c=`id`&d=%25PATH%25;e';

  async function script(body: string) {
    const directory = await temporaryDirectory();
    const program = join(directory, 'browser');
    await writeFile(program, `#!/bin/sh\n${body}\n`);
    await chmod(program, 0o755);
    return { program, written: join(directory, 'written') };
  }

  it('hands the address over as one argument, and none of our variables', async () => {
    const { program, written } = await script(
      'printf "%s\\n" "$#" "$1" "$MCPASS_SECRET" "$KEPT" > "$(dirname "$0")/written"',
    );
    const choice = choose({ BROWSER: program });
    const env = { PATH: process.env['PATH'], MCPASS_SECRET: 'hidden', KEPT: 'kept' };
    expect(await openBrowser(choice, address, env)).toBe(true);
    const inert = 'https://as.example/authorize?a=1&b=%24%28touch%20x%29&c=%60id%60&d=%25PATH%25%3Be';
    expect(await readFile(written, 'utf8')).toBe(`1\n${inert}\n\nkept\n`);
  });

  it('tries the next one when a program is missing or fails, and says so when all do', async () => {
    const { program, written } = await script('echo yes > "$(dirname "$0")/written"');
    const failing = await script('exit 3');
    expect(
      await openBrowser(choose({ BROWSER: `/no/such:${failing.program}:${program}` }), address, process.env),
    ).toBe(true);
    expect(await readFile(written, 'utf8')).toBe('yes\n');
    expect(await openBrowser(choose({ BROWSER: `/no/such:${failing.program}` }), address, process.env)).toBe(
      false,
    );
    expect(await openBrowser({ kind: 'none', why: 'asked' }, address, {})).toBe(false);
  });

  it('takes a program that keeps running for a browser', async () => {
    const { program } = await script('exec sleep 3');
    expect(await openBrowser(choose({ BROWSER: program }), address, process.env)).toBe(true);
  });

  it.each([
    'ssh laptop xdg-open %s',
    '/usr/bin/env bash -c "true %s"',
    'nohup sh -c "true %s"',
    'bash -c',
    'bash -c %s',
    'sh -c "echo %s"',
  ])('does not run what a server wrote into its authorization endpoint, with %s', async (browser) => {
    const directory = await temporaryDirectory();
    const pwned = join(directory, 'pwn');
    const bin = join(directory, 'bin');
    await mkdir(bin);
    // What ssh does at the other end: the words become one line for a shell.
    await writeFile(join(bin, 'ssh'), '#!/bin/sh\nshift\nexec sh -c "$*"\n', { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    for (const evil of [`$(touch\${IFS}${pwned})`, `&touch\${IFS}${pwned}&`, `;touch\${IFS}${pwned};`]) {
      const hostile = `https://as.example/authorize?x=${evil}`;
      expect(await openBrowser(choose({ MCPASS_BROWSER: browser }), hostile, env)).toBe(false);
    }
    await expect(readFile(pwned)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not run what a server wrote even where the program of the person makes a shell line of it', async () => {
    const { program, written } = await script('eval "true $1"');
    const hostile = `https://as.example/authorize?x=$(touch\${IFS}${written})\`touch\${IFS}${written}\`;'x"|<>`;
    await openBrowser(choose({ BROWSER: program }), hostile, process.env);
    await expect(readFile(written)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('hides the variables that the configuration names as secrets', async () => {
    const { program, written } = await script('env > "$(dirname "$0")/written"');
    const env = { PATH: process.env['PATH'], TOKEN: 'hidden', KEPT: 'kept', MCPASS_X: 'hidden' };
    expect(await openBrowser(choose({ BROWSER: program }), address, env, ['TOKEN'])).toBe(true);
    const seen = await readFile(written, 'utf8');
    expect(seen).toContain('KEPT=kept');
    expect(seen).not.toContain('hidden');
  });

  it.runIf(process.platform === 'linux')(
    "hides secrets from the platform's browser too, which is started with the address in one piece",
    async () => {
      const directory = await temporaryDirectory();
      const written = join(directory, 'written');
      // The one that xdg-open takes where no desktop says otherwise.
      await writeFile(
        join(directory, 'x-www-browser'),
        '#!/bin/sh\n{ printf "%s\\n" "$#" "$1"; env; } > "$WRITTEN.new" && mv "$WRITTEN.new" "$WRITTEN"\n',
        { mode: 0o755 },
      );
      const env = {
        PATH: `${directory}:${process.env['PATH'] ?? ''}`,
        HOME: directory,
        XDG_DATA_DIRS: directory,
        DISPLAY: ':99',
        WRITTEN: written,
        TOKEN: 'hidden',
        MCPASS_PASSPHRASE: 'hidden',
      };
      expect(await openBrowser({ kind: 'platform' }, address, env, ['TOKEN'])).toBe(true);
      await expect.poll(() => readFile(written, 'utf8').catch(() => '')).not.toBe('');
      const seen = await readFile(written, 'utf8');
      expect(seen).toMatch(/^1\nhttps:\/\/as\.example\/authorize\?a=1&b=%24%28touch%20x%29&/);
      expect(seen).toContain('DISPLAY=:99');
      expect(seen).not.toContain('hidden');
    },
  );
});

describe('signInObstacle', () => {
  it('is there under CI without a browser, and names what to do instead', () => {
    const obstacle = signInObstacle({ surroundings: { ci: true }, env: {} });
    expect(obstacle).toMatchObject({ code: 'login_required', remedy: { do: 'say' } });
    expect(JSON.stringify(obstacle?.remedy)).toContain('bearer_token_env_var');
    expect(signInObstacle({ surroundings: { ci: true }, env: { BROWSER: 'none' } })).toBeDefined();
  });

  it('is not there elsewhere, nor with a configured browser', () => {
    expect(signInObstacle({ surroundings: { ci: false }, env: {} })).toBeUndefined();
    expect(signInObstacle({ surroundings: { ci: true }, env: { MCPASS_BROWSER: 'x' } })).toBeUndefined();
    expect(signInObstacle({ surroundings: { ci: true }, env: {}, browser: 'x' })).toBeUndefined();
  });
});
