import { execFile } from 'node:child_process';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Seen } from '../../auth/test/support/script.js';
import { scriptedProvider, serverDocument, TOKENS } from '../../auth/test/support/scripted-provider.js';
import { UNSAFE_TEXT } from '../../auth/test/support/unsafe-text.js';
import { createIo } from '../src/terminal/io.js';
import { printTable } from '../src/terminal/table.js';
import { createMachine, PROGRAM } from './harness/command.js';
import { hasTerminal } from './harness/terminal.js';

/* A terminal acts on control characters, whoever wrote them and wherever they stand. */

const CLIPBOARD = '\u001b]52;c;ZXZpbA==\u0007';
const EVIL = ['read', `${CLIPBOARD}write`, 'up\u009b2A', 'quo"te', 'back\\slash', '\u202eflip', 'one two'];
const GOOD = 'read one two';
const NO_GRANT_HEADER = 'Bearer error="insufficient_scope", scope="read up\u009b2A admin \u0090q\u009c"';

/** Everything that was printed, line ends aside. */
function printed({ stdout, stderr }: { stdout: string; stderr: string }): string {
  return (stdout + stderr).replaceAll('\n', '');
}

/** The JSON error, which may stand behind a conversation. */
function errorText({ stderr }: { stderr: string }): string {
  const last = stderr.trimEnd().split('\n').pop() ?? '';
  return Object.values((JSON.parse(last) as { error: Record<string, string> }).error).join('');
}

describe('scopes of another party', () => {
  test.each([[], ['-vv'], ['--json']])(
    'of the resource metadata are judged where they enter: %s',
    async (...more) => {
      const { url, server } = await scriptedProvider((origin) => ({
        'GET /.well-known/oauth-protected-resource/mcp': {
          body: { resource: `${origin}/mcp`, authorization_servers: [origin], scopes_supported: EVIL },
        },
        'GET /.well-known/oauth-authorization-server': {
          body: serverDocument(origin, { scopes_supported: EVIL }),
        },
        'POST /register': { status: 201, body: { client_id: 'c', scope: EVIL.join(' ') } },
        'POST /token': { body: { ...TOKENS, scope: EVIL } },
      }));
      const machine = createMachine({ person: 'consents' });
      const login = await machine.run('login', url, ...more);
      expect(login.code, login.stderr).toBe(0);
      expect(printed(login)).not.toMatch(UNSAFE_TEXT);
      expect(server.to('GET /authorize')[0]?.query.get('scope')).toBe(GOOD);
      expect(JSON.parse(server.to('POST /register')[0]?.body ?? '')).toMatchObject({ scope: GOOD });
      const status = await machine.run('status', url);
      expect(printed(status)).not.toMatch(UNSAFE_TEXT);
      expect(status.stdout).toContain(`scopes     ${GOOD}\n`);
      expect(status.stdout).toContain('C26');
    },
  );

  test('of a 403 challenge are left out of the remedy, and those that are scopes stay', async () => {
    const { url } = await scriptedProvider(() => ({
      'POST /mcp': ({ headers }: Seen) =>
        headers['authorization'] === undefined
          ? { status: 401, headers: { 'www-authenticate': 'Bearer' } }
          : { status: 403, headers: { 'www-authenticate': NO_GRANT_HEADER } },
    }));
    const machine = createMachine({ person: 'consents' });
    await machine.prepare('login', url);
    for (const more of [[], ['-vv']]) {
      const tools = await machine.run('tools', url, ...more);
      expect(tools.code).toBe(4);
      expect(printed(tools)).not.toMatch(UNSAFE_TEXT);
      expect(tools.stderr).toContain(`run:   mcpass login ${url} --scopes read,admin\n`);
    }
    const { message, hint } = (await machine.run('tools', url, '--json')).error();
    expect(`${message}${hint}`).not.toMatch(UNSAFE_TEXT);
    expect(hint).toBe(`mcpass login ${url} --scopes read,admin`);
  });

  test('a challenge of nothing else asks for nothing', async () => {
    const { url, server } = await scriptedProvider(() => ({
      'POST /mcp': {
        status: 401,
        headers: { 'www-authenticate': 'Bearer scope="\u009b2J \u0090q"' },
      },
    }));
    const login = await createMachine({ person: 'consents' }).run('login', url, '--debug');
    expect(login.code, login.stderr).toBe(0);
    expect(login.stderr).toContain('debug challenge: tolerated C26');
    expect(server.to('GET /authorize')[0]?.query.get('scope')).toBeNull();
  });

  test.each([
    [['--scopes', 'caf\u00e9'], '', 'usage'],
    [[], 'scopes = ["a\\"b"]\n', 'config_invalid'],
  ])('one that a person named is refused before anybody is asked: %s %s', async (words, toml, code) => {
    const { url, server } = await scriptedProvider();
    const machine = createMachine({ person: 'consents' });
    machine.writeConfig(`[mcp_servers.box]\nurl = "${url}"\n${toml}`);
    const login = await machine.run('login', 'box', ...words, '--json', '--quiet');
    expect(login.code).toBe(2);
    expect(login.error()).toMatchObject({ code, fault: 'yours' });
    expect(server.to('POST /register')).toEqual([]);
  });
});

describe('what a server says of itself', () => {
  const WORDS = `no${CLIPBOARD} \u009b2J\u202e\u2028way`;
  const place = (origin: string) => `${origin}/\u001b]52;c;eA==\u0007`;

  test.each([
    [
      'a refused registration',
      'POST /register',
      { status: 400, body: { error: WORDS, error_description: WORDS } },
    ],
    ['a refused code', 'POST /token', { status: 400, body: { error: WORDS, error_description: WORDS } }],
    ['a page', 'POST /token', { status: 200, body: `<html><title>${WORDS}</title>` }],
    ['a token of another kind', 'POST /token', { body: { access_token: 'a', token_type: WORDS } }],
  ])('is harmless: %s', async (_, line, answer) => {
    const { url } = await scriptedProvider(() => ({ [line]: answer }));
    for (const more of [[], ['-vv'], ['--json']]) {
      const ended = await createMachine({ person: 'consents' }).run('login', url, ...more);
      expect(ended.code).toBe(3);
      expect(printed(ended)).not.toMatch(UNSAFE_TEXT);
      if (more[0] === '--json') expect(errorText(ended)).not.toMatch(UNSAFE_TEXT);
    }
  });

  test.each([
    ['issuer', 3, (origin: string) => ({ issuer: place(origin) })],
    // A page that never comes back, however long it is waited for.
    ['authorization_endpoint', 4, (origin: string) => ({ authorization_endpoint: place(origin) })],
    ['token_endpoint', 3, () => ({ token_endpoint: `javascript:${WORDS}` })],
  ])('is harmless: %s', async (_, code, members) => {
    const { url } = await scriptedProvider((origin) => ({
      'GET /.well-known/oauth-authorization-server': { body: serverDocument(origin, members(origin)) },
    }));
    for (const more of [['-vv'], ['--json']]) {
      const ended = await createMachine({ person: 'consents' }).run('login', url, '--timeout', '1', ...more);
      expect(ended.code).toBe(code);
      expect(printed(ended)).not.toMatch(UNSAFE_TEXT);
      if (more[0] === '--json') expect(errorText(ended)).not.toMatch(UNSAFE_TEXT);
    }
  });
});

describe('the one writer', () => {
  function recorded(color: boolean) {
    let text = '';
    const stream = new Writable({
      write(part: Buffer, _encoding, done) {
        text += part.toString();
        done();
      },
    });
    const terminal = Object.assign(stream, { isTTY: true, columns: 80 });
    const streams = { stdin: process.stdin, stdout: terminal, stderr: terminal };
    const io = createIo({ streams, env: {}, json: false, quiet: false, color, input: false });
    return { io, text: () => text };
  }

  test('shows the escapes of others as what they are, in every way of speaking', () => {
    const { io, text } = recorded(false);
    const evil = `a${CLIPBOARD}\u009b2J\u202eb\nrun: rm -rf`;
    io.out(evil);
    io.say(evil);
    io.complain(evil);
    io.showStatus(evil);
    printTable(io, [[evil, evil]], { rest: 'x' });
    io.outText('two\nlines\u001b[2J\n');
    // The line is wiped for the next one.
    expect(text().replaceAll('\r\u001b[K', '').replaceAll('\n', '')).not.toMatch(UNSAFE_TEXT);
    expect(text()).not.toContain('\nrun: rm');
    expect(text()).toContain(String.raw`a\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}b\u{a}run`);
  });

  test('colours are ours alone', () => {
    const force = process.env['FORCE_COLOR'];
    process.env['FORCE_COLOR'] = '1';
    try {
      const { io, text } = recorded(true);
      const red = io.paint('red', 'ours \u001b[32mnot ours');
      io.out(`${red} \u001b[31mnor this`);
      expect(text()).toBe('\u001b[31mours \\u{1b}[32mnot ours\u001b[39m \\u{1b}[31mnor this\n');
    } finally {
      if (force === undefined) delete process.env['FORCE_COLOR'];
      else process.env['FORCE_COLOR'] = force;
    }
  });
});

/* `script` of util-linux makes a terminal. */

test.skipIf(!hasTerminal)(
  'on a terminal a list is in our colours, and an address with escapes has none',
  async () => {
    const machine = createMachine();
    const address = String.raw`http://127.0.0.1:9/\u001b[31mmcp`;
    machine.writeConfig(`[mcp_servers.box]\nurl = "${address}"\nauth = "none"\n`);
    const said = await new Promise<string>((resolve) => {
      const line = `'${process.execPath}' '${PROGRAM}' list`;
      const env = { ...machine.env, TERM: 'xterm' };
      execFile('script', ['-qec', line, '/dev/null'], { env, timeout: 90_000 }, (_, out) => resolve(out));
    });
    const line = said.trimEnd().split(/\r*\n/).at(-1) ?? '';
    const parts = line.split('\u001b[2mno sign-in\u001b[22m');
    expect(parts, said).toEqual([expect.stringContaining('box'), expect.stringContaining('[31mmcp')]);
    expect(parts.join('')).not.toMatch(UNSAFE_TEXT);
  },
);
