import { loadConfig, type Config } from '@mcpass/node/config';
import { findPaths, homeDirectory, type Paths } from '@mcpass/node/paths';
import { type Deps, silent } from '../deps.js';
import { warn } from '../terminal/warning.js';

export interface Configuration {
  readonly config: Config;
  readonly paths: Paths;
}

export function locatePaths({ env, globals }: Deps): Paths {
  return findPaths({
    env,
    platform: process.platform,
    home: homeDirectory(),
    cwd: process.cwd(),
    configFile: globals.configFile,
  });
}

/** Reads the configuration and says what is odd about it. Throws `config_invalid`. */
export function readConfiguration(deps: Deps): Configuration {
  const paths = locatePaths(deps);
  const config = loadConfig({
    paths,
    env: deps.env,
    cwd: process.cwd(),
    overrides: deps.globals.overrides,
    home: homeDirectory(),
  });
  for (const warning of config.warnings) warn(deps, warning.message);
  return { config, paths };
}

/** The same where the command has read it before: what is odd is said once. Throws `config_invalid`. */
export function rereadConfiguration(deps: Deps): Configuration {
  return readConfiguration(silent(deps));
}
