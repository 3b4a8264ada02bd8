import { expect, it } from 'vitest';
import { readSurroundings } from '../src/surroundings.js';

const desktop = { platform: 'linux', terminal: true, env: { DISPLAY: ':0' } };
const read = (env: Record<string, string>, platform = 'linux') =>
  readSurroundings({ ...desktop, platform, env });

it('knows a desktop', () => {
  expect(readSurroundings(desktop)).toEqual({
    terminal: true,
    ci: false,
    ssh: false,
    container: false,
    wsl: false,
    display: true,
    agent: false,
  });
});

it('finds a display by X, by Wayland, and always on macOS, Windows and WSL', () => {
  expect(read({}).display).toBe(false);
  expect(read({ WAYLAND_DISPLAY: 'wayland-0' }).display).toBe(true);
  expect(read({}, 'darwin').display).toBe(true);
  expect(read({}, 'win32').display).toBe(true);
  expect(read({ WSL_DISTRO_NAME: 'Ubuntu' })).toMatchObject({ wsl: true, display: true });
  expect(readSurroundings({ ...desktop, env: {}, kernel: 'Linux 5.15 microsoft-standard-WSL2' }).wsl).toBe(
    true,
  );
});

it.each([
  ['true', true],
  ['1', true],
  ['woodpecker', true],
  ['false', false],
  ['0', false],
  ['', false],
])('reads CI=%s as %s', (value, ci) => {
  expect(read({ CI: value }).ci).toBe(ci);
});

it('knows SSH, containers and agents by their variables', () => {
  expect(read({ SSH_CONNECTION: '1.2.3.4 5 6.7.8.9 22' }).ssh).toBe(true);
  expect(read({ SSH_TTY: '/dev/pts/0' }).ssh).toBe(true);
  expect(read({ CODESPACES: 'true' }).container).toBe(true);
  expect(readSurroundings({ ...desktop, containerFile: true }).container).toBe(true);
  expect(read({ CLAUDECODE: '1' }).agent).toBe(true);
});
