import { realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Config } from '@mcpass/node/config';
import type { Paths } from '@mcpass/node/paths';
import { parseCommand } from '@mcpass/node/sign-in';
import type { Deps } from '../deps.js';
import { usageError } from '../failure.js';
import { findProgram } from '../program-search.js';

/** What starts the bridge to one server. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables that it needs to find what is here now, and that a host may not pass on. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that the server's configuration refers to. */
  readonly variables: readonly string[];
}

export interface LaunchOptions {
  /** A configured name, or a URL. */
  readonly server: string;
  /** False for a name that is in the configuration no more. */
  readonly isKnown: boolean;
  /** `--command`: what starts mcpass instead of what was found. */
  readonly command: string | undefined;
  readonly config: Config;
  readonly paths: Paths;
}

export function createLaunch(
  { server, isKnown, command: wanted, config, paths }: LaunchOptions,
  { env, globals }: Deps,
): Launch {
  const [command, ...first] = wanted === undefined ? ownCommand(env) : wordsOf(wanted);
  return {
    command,
    args: [
      ...first,
      'bridge',
      server,
      ...(paths.configNamed ? ['--config', paths.configFile] : []),
      ...(globals.account === undefined ? [] : ['--account', globals.account]),
      ...globals.overrides.flatMap((override) => ['-c', override]),
    ],
    env: directoriesOf(env),
    variables: isKnown ? variablesOf(config, server) : [],
  };
}

type Words = readonly [string, ...string[]];

function wordsOf(text: string): Words {
  const words = parseCommand(text, process.platform);
  if (words === undefined) throw usageError('--command is empty.');
  return words;
}

/** How this mcpass is started from anywhere. */
function ownCommand(env: NodeJS.ProcessEnv): Words {
  const script = process.argv[1] ?? '';
  // What `npx` fetched is gone one day.
  if (isFetched(script)) return ['npx', '-y', 'mcpass'];
  // Hosts on Windows start no `.cmd` file.
  const found = process.platform === 'win32' ? undefined : findProgram('mcpass', env, isTemporary);
  return found === undefined ? [process.execPath, realpathSync(script)] : ['mcpass'];
}

function isFetched(file: string): boolean {
  return /[/\\]_npx[/\\]/.test(file);
}

// npm puts these on the PATH for as long as it runs a script.
function isTemporary(directory: string): boolean {
  return isFetched(directory) || /[/\\]node_modules[/\\]\.bin[/\\]?$/.test(directory);
}

const DIRECTORIES = [
  'MCPASS_HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
  'XDG_CACHE_HOME',
] as const;

function directoriesOf(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const set = DIRECTORIES.flatMap((name) => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(set);
}

const VARIABLE_KEY = /\.(?:bearer_token_env_var|env_http_headers\..+|oauth\.client_secret_env)$/;

function variablesOf(config: Config, server: string): readonly string[] {
  const values = config
    .explainServer(server)
    .flatMap(({ key, value }) => (VARIABLE_KEY.test(key) && typeof value === 'string' ? [value] : []));
  return [...new Set(values)];
}
