import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { announceAbsence, findHostProgram, runHost, type HostRun } from './program.js';

/*
 * The real programs: each reads the file that mcpass has written, starts the bridge that stands in it, and sees the tools
 * of a server that needs a sign-in.
 */

announceAbsence({
  codex: '@openai/codex',
  claude: '@anthropic-ai/claude-code',
  gemini: '@google/gemini-cli',
  opencode: 'opencode-ai',
  'mcp-inspector': '@modelcontextprotocol/inspector',
});

/** A machine that is signed in to a server called `box`, and a host whose file is there already. */
async function prepare(host: string, file: string, text: string, env: Readonly<Record<string, string>> = {}) {
  const sandbox = await startProvider('plain');
  const machine = createMachine({ person: 'consents' });
  const home = dirname(machine.home);
  const path = join(home, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  await machine.prepareWith({ env }, 'add', 'box', sandbox.url);
  await machine.prepareWith({ env }, 'login', 'box');
  const written = await machine.runWith({ env }, 'connect', host, 'box', '--write');
  expect(written.code, written.stderr).toBe(0);
  // Nothing of this machine's own settings.
  const run: HostRun = { cwd: join(home, 'work'), env: { HOME: home, ...env } };
  const remove = async () => {
    const removed = await machine.run('connect', host, 'box', '--remove');
    expect(removed.code, removed.stderr).toBe(0);
  };
  return { sandbox, machine, path, run, remove };
}

describe.skipIf(findHostProgram('codex') === undefined)('Codex', () => {
  const TEXT = 'model = "x" # mine\n\n[mcp_servers.other]\ncommand = "true"\nenabled = false\n';

  /** The names of the tools of `box`, as Codex's own server for editors lists them. */
  async function toolsIn(run: HostRun): Promise<readonly string[]> {
    const answers: string[] = [];
    const say = (id: number, method: string, params: object) => `${JSON.stringify({ id, method, params })}\n`;
    await runHost('codex', ['app-server'], {
      ...run,
      input: say(1, 'initialize', { clientInfo: { name: 'test', title: 'test', version: '1' } }),
      onLine(line, write) {
        const { id } = JSON.parse(line) as { id?: number };
        if (id === 1) {
          write(`${JSON.stringify({ method: 'initialized' })}\n`);
          write(say(2, 'mcpServerStatus/list', {}));
        }
        if (id === 2) answers.push(line);
        return id === 2;
      },
    });
    const { result } = JSON.parse(answers[0] ?? '{}') as {
      result: { data: { name: string; tools: Record<string, unknown> }[] };
    };
    const box = result.data.find(({ name }) => name === 'box');
    return Object.keys(box?.tools ?? {});
  }

  test('reads the entry, and lists the tools', async () => {
    const { run, path, remove } = await prepare('codex', '.codex/config.toml', TEXT);
    const listed = JSON.parse((await runHost('codex', ['mcp', 'list', '--json'], run)).stdout) as {
      name: string;
    }[];
    expect(listed.map(({ name }) => name).toSorted()).toEqual(['box', 'other']);

    expect(await toolsIn(run)).toContain('whoami');

    await remove();
    expect(readFileSync(path, 'utf8')).toBe(TEXT);
  });

  test('passes on what opens the credentials', async () => {
    const env = { MCPASS_PASSPHRASE: 'correct horse', MCPASS_CREDENTIALS_STORE: 'passphrase' };
    const { run, path } = await prepare('codex', '.codex/config.toml', TEXT, env);
    expect(await toolsIn(run)).toContain('whoami');
    expect(readFileSync(path, 'utf8')).not.toContain('correct horse');
  });

  test('its remote servers are taken over as it wrote them', async () => {
    const { run, machine } = await prepare('codex', '.codex/config.toml', '');
    const words = ['--url', 'https://127.0.0.1:9/mcp', '--bearer-token-env-var', 'CRM_TOKEN'];
    await runHost('codex', ['mcp', 'add', 'crm', ...words], run);
    expect((await machine.run('import', 'codex')).stdout).toBe('Added crm: https://127.0.0.1:9/mcp\n');
    expect(readFileSync(machine.configFile, 'utf8')).toContain('bearer_token_env_var = "CRM_TOKEN"');
  });
});

describe.skipIf(findHostProgram('claude') === undefined)('Claude Code', () => {
  const TEXT = '{\n  "numStartups": 3,\n  "mcpServers": {}\n}\n';
  const QUIET = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' };

  test('connects', async () => {
    const { run } = await prepare('claude', '.claude.json', TEXT);
    const { stdout } = await runHost('claude', ['mcp', 'list'], { ...run, env: { ...run.env, ...QUIET } });
    expect(stdout).toMatch(/^box: .* bridge box - .*Connected$/m);
  });

  test('its own file can be added to and undone', async () => {
    const { run, path, machine, remove } = await prepare('claude', '.claude.json', TEXT);
    const options = { ...run, env: { ...run.env, ...QUIET } };
    const words = ['--transport', 'http', '--scope', 'user', 'crm', 'https://127.0.0.1:9/mcp'];
    await runHost(
      'claude',
      ['mcp', 'add', ...words, '--header', 'Authorization: Bearer ${CRM_TOKEN}'],
      options,
    );
    await remove();
    const left = JSON.parse(readFileSync(path, 'utf8')) as { mcpServers: object };
    expect(Object.keys(left.mcpServers)).toEqual(['crm']);
    expect((await machine.run('import', 'claude')).stdout).toBe('Added crm: https://127.0.0.1:9/mcp\n');
    expect(readFileSync(machine.configFile, 'utf8')).toContain('bearer_token_env_var = "CRM_TOKEN"');
  });
});

describe.skipIf(findHostProgram('gemini') === undefined)('Gemini CLI', () => {
  test('connects', async () => {
    const text = '{\n    // mine\n    "ui": { "theme": "Default" }\n}\n';
    const { run, path, remove } = await prepare('gemini', '.gemini/settings.json', text);
    const env = { ...run.env, GEMINI_CLI_TRUST_WORKSPACE: 'true' };
    const { stdout, stderr } = await runHost('gemini', ['mcp', 'list'], { ...run, env });
    expect(stdout + stderr).toMatch(/box: .* bridge box \(stdio\) - Connected/);
    await remove();
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('its remote servers are taken over as it wrote them', async () => {
    const { run, machine } = await prepare('gemini', '.gemini/settings.json', '{}');
    await runHost(
      'gemini',
      ['mcp', 'add', '-s', 'user', '-t', 'http', 'crm', 'https://127.0.0.1:9/mcp'],
      run,
    );
    expect((await machine.run('import', 'gemini')).stdout).toBe('Added crm: https://127.0.0.1:9/mcp\n');
  });
});

test.skipIf(findHostProgram('opencode') === undefined)('opencode connects', async () => {
  const text = '{\n  // mine\n  "$schema": "https://opencode.ai/config.json",\n  "autoupdate": false,\n}\n';
  const { run, path, remove } = await prepare('opencode', '.config/opencode/opencode.jsonc', text);
  const { stdout } = await runHost('opencode', ['mcp', 'list'], run);
  expect(stdout).toMatch(/box.*connected/);
  await remove();
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test.skipIf(findHostProgram('mcp-inspector') === undefined)(
  'the MCP Inspector lists the tools by the file of Cursor',
  async () => {
    const { run, path } = await prepare('cursor', '.cursor/mcp.json', '{}');
    const words = ['--cli', '--config', path, '--server', 'box', '--method', 'tools/list'];
    const { tools } = JSON.parse((await runHost('mcp-inspector', words, run)).stdout) as {
      tools: { name: string }[];
    };
    expect(tools.map(({ name }) => name)).toContain('whoami');
  },
);
