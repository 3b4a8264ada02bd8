/// <reference types="node" preserve="true" />
import { homedir, userInfo } from 'node:os';
import { isAbsolute, parse, posix, win32 } from 'node:path';
import { type Environment, variable } from './environment.js';

/** Where things live on this machine; all absolute. Nothing is created by looking. */
export interface Paths {
  /** Directory of the configuration. */
  readonly config: string;
  /** The person's configuration file. */
  readonly configFile: string;
  /** True when `--config` or `MCPASS_CONFIG` named the file: it must exist then, and no project file is looked for. */
  readonly configNamed: boolean;
  /** Directory of what must not be lost: credentials. */
  readonly data: string;
  /** Directory of what a machine may forget: locks, pending sign-ins. */
  readonly state: string;
  /** Directory of what can be fetched again. */
  readonly cache: string;
}

export interface PathsOptions {
  readonly env: Environment;
  /** `process.platform`. */
  readonly platform: string;
  /** The person's home directory, absolute. */
  readonly home: string;
  /** Base of a relative `MCPASS_HOME`, `MCPASS_CONFIG` or `configFile`. */
  readonly cwd: string;
  /** `--config FILE`. */
  readonly configFile?: string | undefined;
}

/**
 * The person's home directory. Not an empty or relative `HOME`: credentials would be wherever the command was started, in
 * a repository for instance.
 */
export function homeDirectory(): string {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : userInfo().homedir;
  } catch {
    // A container's user need not be known to its system.
    return parse(process.cwd()).root;
  }
}

type Directories = Pick<Paths, 'config' | 'data' | 'state' | 'cache'>;

/**
 * The directories by platform: XDG on Linux and wherever an XDG variable is set, the platform's own elsewhere, and
 * everything below `MCPASS_HOME` when that is set. Pure.
 */
export function findPaths(options: PathsOptions): Paths {
  const { env, platform, cwd } = options;
  const path = platform === 'win32' ? win32 : posix;
  // Where no shell has written it out, `~` is the home directory all the same and no directory of that name.
  const home = variable(env, 'MCPASS_HOME')?.replace(/^~(?=[/\\]|$)/, () => options.home);
  const directories =
    home === undefined ? platformDirectories(options) : gathered(path.resolve(cwd, home), path);
  const named = options.configFile ?? variable(env, 'MCPASS_CONFIG');
  return {
    ...directories,
    configFile: named === undefined ? path.join(directories.config, 'config.toml') : path.resolve(cwd, named),
    configNamed: named !== undefined,
  };
}

function gathered(home: string, path: typeof posix): Directories {
  return {
    config: home,
    data: path.join(home, 'data'),
    state: path.join(home, 'state'),
    cache: path.join(home, 'cache'),
  };
}

function platformDirectories({ env, platform, home }: PathsOptions): Directories {
  const path = platform === 'win32' ? win32 : posix;
  const below = (...parts: string[]) => path.join(home, ...parts);

  // "All paths set in these environment variables must be absolute. If an implementation encounters a relative path
  // [...] it should consider the path invalid and ignore it." (XDG Base Directory Specification)
  const named = (name: string) => {
    const value = variable(env, name);
    return value !== undefined && path.isAbsolute(value) ? value : undefined;
  };
  const base = (name: string, otherwise: string) => path.join(named(name) ?? otherwise, 'mcpass');
  const xdg = (natives: Directories): Directories => ({
    config: base('XDG_CONFIG_HOME', natives.config),
    data: base('XDG_DATA_HOME', natives.data),
    state: base('XDG_STATE_HOME', natives.state),
    cache: base('XDG_CACHE_HOME', natives.cache),
  });

  if (platform === 'win32') {
    const roaming = named('APPDATA') ?? below('AppData', 'Roaming');
    const local = named('LOCALAPPDATA') ?? below('AppData', 'Local');
    const windows = xdg({ config: roaming, data: local, state: local, cache: local });
    return named('XDG_CACHE_HOME') !== undefined
      ? windows
      : { ...windows, cache: path.join(windows.cache, 'Cache') };
  }
  if (platform === 'darwin') {
    const support = below('Library', 'Application Support');
    return xdg({
      // Developers look for dot files in ~/.config on a Mac too.
      config: below('.config'),
      data: support,
      state: support,
      cache: below('Library', 'Caches'),
    });
  }
  return xdg({
    config: below('.config'),
    data: below('.local', 'share'),
    state: below('.local', 'state'),
    cache: below('.cache'),
  });
}
