import { describe, expect, it } from 'vitest';
import { findPaths } from '../src/paths.js';

const linux = { platform: 'linux', home: '/home/ada', cwd: '/project' };
const mac = { platform: 'darwin', home: '/Users/ada', cwd: '/project' };
const windows = { platform: 'win32', home: 'C:\\Users\\ada', cwd: 'C:\\work' };

describe('findPaths', () => {
  it('knows the directories of Linux', () => {
    expect(findPaths({ ...linux, env: {} })).toEqual({
      config: '/home/ada/.config/mcpass',
      configFile: '/home/ada/.config/mcpass/config.toml',
      configNamed: false,
      data: '/home/ada/.local/share/mcpass',
      state: '/home/ada/.local/state/mcpass',
      cache: '/home/ada/.cache/mcpass',
    });
  });

  it('knows the directories of macOS', () => {
    expect(findPaths({ ...mac, env: {} })).toMatchObject({
      config: '/Users/ada/.config/mcpass',
      data: '/Users/ada/Library/Application Support/mcpass',
      state: '/Users/ada/Library/Application Support/mcpass',
      cache: '/Users/ada/Library/Caches/mcpass',
    });
  });

  it('knows the directories of Windows', () => {
    const env = { APPDATA: 'D:\\Roaming', LOCALAPPDATA: 'D:\\Local' };
    expect(findPaths({ ...windows, env })).toMatchObject({
      config: 'D:\\Roaming\\mcpass',
      configFile: 'D:\\Roaming\\mcpass\\config.toml',
      data: 'D:\\Local\\mcpass',
      cache: 'D:\\Local\\mcpass\\Cache',
    });
    expect(findPaths({ ...windows, env: {} }).data).toBe('C:\\Users\\ada\\AppData\\Local\\mcpass');
  });

  it.each([linux, mac, { ...windows, home: 'C:\\Users\\ada' }])(
    'obeys XDG variables on $platform',
    (place) => {
      const root = place.platform === 'win32' ? 'E:\\xdg' : '/xdg';
      const separator = place.platform === 'win32' ? '\\' : '/';
      const env = {
        XDG_CONFIG_HOME: `${root}${separator}c`,
        XDG_DATA_HOME: `${root}${separator}d`,
        XDG_STATE_HOME: `${root}${separator}s`,
        XDG_CACHE_HOME: `${root}${separator}k`,
      };
      expect(findPaths({ ...place, env })).toMatchObject({
        config: `${root}${separator}c${separator}mcpass`,
        data: `${root}${separator}d${separator}mcpass`,
        state: `${root}${separator}s${separator}mcpass`,
        cache: `${root}${separator}k${separator}mcpass`,
      });
    },
  );

  it('ignores relative and empty XDG values, as the specification says', () => {
    const env = { XDG_CONFIG_HOME: 'relative', XDG_DATA_HOME: '' };
    expect(findPaths({ ...linux, env })).toEqual(findPaths({ ...linux, env: {} }));
    expect(findPaths({ ...windows, env: { LOCALAPPDATA: 'Local' } })).toEqual(
      findPaths({ ...windows, env: {} }),
    );
  });

  it('puts everything under MCPASS_HOME, which beats XDG', () => {
    const env = { MCPASS_HOME: '/m', XDG_DATA_HOME: '/xdg' };
    expect(findPaths({ ...linux, env })).toEqual({
      config: '/m',
      configFile: '/m/config.toml',
      configNamed: false,
      data: '/m/data',
      state: '/m/state',
      cache: '/m/cache',
    });
    expect(findPaths({ ...linux, env: { MCPASS_HOME: 'here' } }).data).toBe('/project/here/data');
    expect(findPaths({ ...linux, env: { MCPASS_HOME: '~/here' } }).data).toBe('/home/ada/here/data');
  });

  it('takes the file of --config before the one of MCPASS_CONFIG, and neither moves the credentials', () => {
    const env = { MCPASS_CONFIG: '/etc/mcpass.toml' };
    expect(findPaths({ ...linux, env })).toMatchObject({ configFile: '/etc/mcpass.toml', configNamed: true });
    const named = findPaths({ ...linux, env, configFile: 'mine.toml' });
    expect(named).toMatchObject({ configFile: '/project/mine.toml', configNamed: true });
    expect(named.data).toBe('/home/ada/.local/share/mcpass');
  });
});
