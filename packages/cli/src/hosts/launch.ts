import { realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type Config, namesVariable } from '@mcpass/node/config';
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
  /** The same for the keyring, for a host that passes on next to nothing and can be told only values. */
  readonly sessionEnv: Readonly<Record<string, string>>;
  /** Variables whose values are not to be written down: those that the server's configuration refers to, and ours. */
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
    env: { ...pathsIn(env, DIRECTORIES), ...valuesIn(env, ['MCPASS_CREDENTIALS_STORE']) },
    sessionEnv: pathsIn(env, ['XDG_RUNTIME_DIR']),
    variables: [...new Set([...(isKnown ? variablesOf(config, server) : []), ...variablesIn(env)])],
  };
}

/** What the bridge will not see in a host that withholds variables, whatever the entry says. */
export function withheldFrom({ sessionEnv, variables }: Launch): readonly string[] {
  // The bus is found in the directory too.
  const written = new Set([...Object.keys(sessionEnv), ...('XDG_RUNTIME_DIR' in sessionEnv ? [BUS] : [])]);
  return variables.filter((name) => !written.has(name));
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

function pathsIn(env: NodeJS.ProcessEnv, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(valuesIn(env, names)).filter(([, value]) => isAbsolute(value)));
}

function valuesIn(env: NodeJS.ProcessEnv, names: readonly string[]): Readonly<Record<string, string>> {
  const set = names.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(set);
}

const BUS = 'DBUS_SESSION_BUS_ADDRESS';
/** What the bridge reads besides: the way to the keyring, what opens a sealed store, the way out of this network. */
const READ = [
  BUS,
  'XDG_RUNTIME_DIR',
  'MCPASS_PASSPHRASE',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

function variablesIn(env: NodeJS.ProcessEnv): readonly string[] {
  // Windows finds a variable under either spelling: one of them will do.
  const known = process.platform === 'win32' ? READ.filter((name) => name === name.toUpperCase()) : READ;
  return Object.keys(valuesIn(env, known));
}

/** The table of a server, whose name may be quoted, in front of its keys. */
const TABLE = /^mcp_servers\.(?:"(?:[^"\\]|\\.)*"|[\w-]+)\./;

function variablesOf(config: Config, server: string): readonly string[] {
  const values = config
    .explainServer(server)
    .flatMap(({ key, value }) =>
      namesVariable(key.replace(TABLE, '')) && typeof value === 'string' ? [value] : [],
    );
  return values;
}
