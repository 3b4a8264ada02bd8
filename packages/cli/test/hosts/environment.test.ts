import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  hasSecretService,
  type SecretService,
  startSecretService,
} from '../../../node/test/fixtures/secret-service.js';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';

/*
 * A bridge gets the environment that its host chooses. Here each host's choice is made as its sources or documents say,
 * and the bridge that stands in its file is started with that and nothing else.
 */

type Environment = Readonly<Record<string, string>>;

interface Entry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Environment;
  readonly env_vars?: readonly string[];
}

interface Scrubbing {
  readonly host: string;
  readonly file: string;
  entryIn(text: string): Entry;
  /** What the host starts the entry with, when it was started with `env`. */
  choose(env: Environment, entry: Entry): Environment;
}

const jsonEntry = (text: string) => (JSON.parse(text) as { mcpServers: { box: Entry } }).mcpServers.box;

const only = (env: Environment, names: readonly string[]) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name)));

// https://github.com/openai/codex/blob/main/codex-rs/rmcp-client/src/utils.rs
const CODEX_NAMES = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'USER', 'LANG', 'LC_ALL', 'TERM', 'TMPDIR', 'TZ'];
const codex: Scrubbing = {
  host: 'codex',
  file: '.codex/config.toml',
  entryIn: (text) => (parse(text) as unknown as { mcp_servers: { box: Entry } }).mcp_servers.box,
  choose: (env, entry) => ({ ...only(env, [...CODEX_NAMES, ...(entry.env_vars ?? [])]), ...entry.env }),
};

// packages/core/src/services/environmentSanitization.ts of google-gemini/gemini-cli, in a GitHub action.
const GEMINI_NAMES = ['PATH', 'HOME', 'LANG', 'SHELL', 'TMPDIR', 'USER', 'LOGNAME'];
const gemini: Scrubbing = {
  host: 'gemini',
  file: '.gemini/settings.json',
  entryIn: jsonEntry,
  choose(env, entry) {
    const set = Object.entries(entry.env ?? {}).map(([name, value]) => [
      name,
      value.replaceAll(/\$(\w+)/g, (_, variable: string) => env[variable] ?? ''),
    ]);
    return { ...only(env, GEMINI_NAMES), ...(Object.fromEntries(set) as Environment) };
  },
};

// What MCP's own library passes on; https://modelcontextprotocol.io/docs/tools/debugging
const claudeDesktop: Scrubbing = {
  host: 'claude-desktop',
  file: '.config/Claude/claude_desktop_config.json',
  entryIn: jsonEntry,
  choose: (env, entry) => ({
    ...only(env, ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER']),
    ...entry.env,
  }),
};

/** Signs in, connects, and lists the tools over the bridge as the host starts it. */
async function throughHost(scrubbing: Scrubbing, more: Environment) {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  const home = dirname(machine.home);
  await machine.prepareWith({ env: more }, 'add', 'box', sandbox.url);
  const login = await machine.runWith({ env: more }, 'login', 'box');
  expect(login.code, login.stderr).toBe(0);
  const written = await machine.runWith({ env: more }, 'connect', scrubbing.host, 'box', '--write');
  expect(written.code, written.stderr).toBe(0);
  const text = readFileSync(join(home, scrubbing.file), 'utf8');
  const entry = scrubbing.entryIn(text);
  const started = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home, ...more };
  return { text, said: written.stderr, tools: await toolsOf(entry, scrubbing.choose(started, entry)) };
}

function toolsOf({ command, args }: Entry, env: Environment): Promise<string> {
  const bridge = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const say = (message: object) => bridge.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'test', version: '1' };
  say({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
  });
  say({ method: 'notifications/initialized' });
  say({ id: 2, method: 'tools/list' });
  let answers = '';
  bridge.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    answers += chunk;
    if (/"id":2\b/.test(answers)) bridge.stdin.end();
  });
  const limit = setTimeout(() => bridge.kill('SIGKILL'), 90_000);
  return new Promise((resolve, reject) => {
    bridge.once('error', reject);
    bridge.once('close', () => {
      clearTimeout(limit);
      resolve(answers);
    });
  });
}

describe('credentials behind a passphrase in a variable', () => {
  const SECRET = 'correct horse battery';
  const sealed = { MCPASS_PASSPHRASE: SECRET, MCPASS_CREDENTIALS_STORE: 'passphrase' };

  test.each([codex, gemini])('$host names the variable, and its value is in no file', async (scrubbing) => {
    const { text, tools } = await throughHost(scrubbing, sealed);
    expect(tools).toContain('"whoami"');
    expect(text).toContain('MCPASS_PASSPHRASE');
    expect(text).not.toContain(SECRET);
  });

  test('claude-desktop has no way to name it: that is said, and nothing is written', async () => {
    const { text, said, tools } = await throughHost(claudeDesktop, sealed);
    // What the host shows then is enough to act on.
    expect(tools).toContain('there is none here. (set MCPASS_PASSPHRASE');
    expect(said).toContain('Claude Desktop will start it without MCPASS_PASSPHRASE:');
    expect(text).not.toMatch(/PASSPHRASE|correct horse/);
  });
});

const isLinuxWithKeyring = process.platform === 'linux' && hasSecretService();

describe.skipIf(!isLinuxWithKeyring)('credentials behind the keyring', () => {
  let service: SecretService;
  beforeAll(async () => {
    service = await startSecretService();
  });
  afterAll(() => service.stop());

  test.each([codex, gemini])('$host passes on the way to it', async (scrubbing) => {
    const bus = { DBUS_SESSION_BUS_ADDRESS: service.env['DBUS_SESSION_BUS_ADDRESS'] ?? '' };
    const store = { MCPASS_CREDENTIALS_STORE: 'keyring' };
    const { text, tools } = await throughHost(scrubbing, { ...bus, ...store });
    expect(tools).toContain('"whoami"');
    // It is another one after the next login.
    expect(text).not.toContain(bus.DBUS_SESSION_BUS_ADDRESS);
  });

  test('claude-desktop is told the directory of the bus', async () => {
    // Where a session has its bus: the socket `bus` in the directory.
    const directory = dirname((service.env['DBUS_SESSION_BUS_ADDRESS'] ?? '').replace('unix:path=', ''));
    const env = { XDG_RUNTIME_DIR: directory, MCPASS_CREDENTIALS_STORE: 'keyring' };
    const { tools, said } = await throughHost(claudeDesktop, env);
    expect(tools).toContain('"whoami"');
    expect(said).not.toContain('without');
  });
});

test('a terminal with fewer variables finds the entry as good as its own', async () => {
  const machine = createMachine();
  await machine.prepare('add', 'box', 'https://box.example/mcp');
  const write = (env: Environment, ...more: readonly string[]) =>
    machine.runWith({ env }, 'connect', 'codex', 'box', '--write', ...more);
  const desktop = {
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus',
    XDG_RUNTIME_DIR: '/run/user/1000',
  };
  await write(desktop);
  const file = join(dirname(machine.home), '.codex/config.toml');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('env_vars = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"]\n');
  const again = await write({});
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('nothing was changed')]);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
