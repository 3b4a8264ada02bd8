import { expect, test } from 'vitest';
import type { Place } from '../../src/hosts/host.js';
import { findHost, HOSTS } from '../../src/hosts/index.js';

function filesOn(place: Place): Record<string, readonly string[]> {
  return Object.fromEntries(HOSTS.map((host) => [host.name, host.files(place)]));
}

test('Linux', () => {
  expect(filesOn({ platform: 'linux', home: '/home/ada', env: {} })).toEqual({
    codex: ['/home/ada/.codex/config.toml'],
    claude: ['/home/ada/.claude.json'],
    'claude-desktop': ['/home/ada/.config/Claude/claude_desktop_config.json'],
    cursor: ['/home/ada/.cursor/mcp.json'],
    vscode: ['/home/ada/.config/Code/User/mcp.json'],
    gemini: ['/home/ada/.gemini/settings.json'],
    opencode: ['/home/ada/.config/opencode/opencode.jsonc', '/home/ada/.config/opencode/opencode.json'],
    windsurf: ['/home/ada/.codeium/windsurf/mcp_config.json'],
    zed: ['/home/ada/.config/zed/settings.json'],
    goose: ['/home/ada/.config/goose/config.yaml'],
  });
});

test('macOS', () => {
  expect(filesOn({ platform: 'darwin', home: '/Users/ada', env: {} })).toMatchObject({
    codex: ['/Users/ada/.codex/config.toml'],
    'claude-desktop': ['/Users/ada/Library/Application Support/Claude/claude_desktop_config.json'],
    vscode: ['/Users/ada/Library/Application Support/Code/User/mcp.json'],
    zed: ['/Users/ada/.config/zed/settings.json'],
    goose: ['/Users/ada/.config/goose/config.yaml'],
  });
});

test('Windows', () => {
  const env = { APPDATA: String.raw`C:\Users\ada\AppData\Roaming` };
  expect(filesOn({ platform: 'win32', home: String.raw`C:\Users\ada`, env })).toMatchObject({
    codex: [String.raw`C:\Users\ada\.codex\config.toml`],
    claude: [String.raw`C:\Users\ada\.claude.json`],
    'claude-desktop': [String.raw`C:\Users\ada\AppData\Roaming\Claude\claude_desktop_config.json`],
    vscode: [String.raw`C:\Users\ada\AppData\Roaming\Code\User\mcp.json`],
    windsurf: [String.raw`C:\Users\ada\.codeium\windsurf\mcp_config.json`],
    zed: [String.raw`C:\Users\ada\AppData\Roaming\Zed\settings.json`],
    goose: [String.raw`C:\Users\ada\AppData\Roaming\Block\goose\config\config.yaml`],
  });
});

test.each([
  ['CODEX_HOME', 'codex', '/x/config.toml'],
  ['CLAUDE_CONFIG_DIR', 'claude', '/x/.claude.json'],
  ['GEMINI_CLI_HOME', 'gemini', '/x/.gemini/settings.json'],
  ['GOOSE_PATH_ROOT', 'goose', '/x/config/config.yaml'],
  ['XDG_CONFIG_HOME', 'goose', '/x/goose/config.yaml'],
  ['XDG_CONFIG_HOME', 'vscode', '/x/Code/User/mcp.json'],
  ['XDG_CONFIG_HOME', 'opencode', '/x/opencode/opencode.json'],
  ['FLATPAK_XDG_CONFIG_HOME', 'zed', '/x/zed/settings.json'],
])('%s moves the file of %s', (variable, host, file) => {
  const place = { platform: 'linux', home: '/home/ada', env: { [variable]: '/x' } };
  expect(findHost(host).files(place).at(-1)).toBe(file);
  // Relative or empty counts as not set.
  const usual = findHost(host).files({ ...place, env: {} });
  for (const value of ['', 'x']) {
    expect(findHost(host).files({ ...place, env: { [variable]: value } })).toEqual(usual);
  }
});

test('other names, and capitals', () => {
  expect(findHost('claude-code').name).toBe('claude');
  expect(findHost('Codex').name).toBe('codex');
  expect(findHost('vs-code').name).toBe('vscode');
  expect(() => findHost('windsurfer')).toThrow('Did you mean windsurf?');
});
