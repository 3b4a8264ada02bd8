import { isDeepStrictEqual } from 'node:util';
import {
  didYouMean,
  isMcpassError,
  McpassError,
  parseServerUrl,
  quote,
  type ServerSettings,
} from '@mcpass/auth';
import type { TomlTable } from 'smol-toml';
import { appendBlock, cutBlocks, type ServerKeys, setOauthKeys } from './block.js';
import { parseDocument } from './document.js';
import { resolveServer } from './resolved-server.js';
import { judgeServerName } from './server-name.js';
import { buildServer, type BuildOptions } from './server-settings.js';
import { isTable, readServerTable } from './server-table.js';
import { changeText } from './text-file.js';

export interface AddServerOptions {
  /** The person's configuration file (`paths.configFile`); created (0600) when missing. */
  readonly file: string;
  readonly name: string;
  readonly keys: ServerKeys & { readonly url: string };
  /** Replaces a server of this name (`--force`). */
  readonly replace?: boolean;
}

export interface RemoveServerOptions {
  readonly file: string;
  readonly name: string;
}

/**
 * Appends one block and leaves every other byte. Throws `usage` (the name), `url_invalid`, `name_in_use`, and
 * `config_invalid` where the file is broken or has a form that cannot be edited without damage.
 */
export async function addServer(options: AddServerOptions): Promise<void> {
  const { file, name, keys, replace } = options;
  const added = judgeNewServer(name, keys);
  await edit(file, (text) => {
    const { table } = parseDocument('user', file, text);
    const servers = serversOf(table);
    const taken = Object.hasOwn(servers, name);
    if (taken && replace !== true) throw nameInUse(file, name);
    const left = taken ? cutBlocks(text, name) : text;
    if (left === undefined) throw cannotEdit(file, name);
    const edited = appendBlock(left, name, keys);
    checkEdit(file, edited, { ...table, mcp_servers: { ...servers, [name]: added } }, name);
    return edited;
  });
}

/**
 * What a configuration would say of a new server, judged as it will be when it is read: each key, and what the keys say
 * together. Throws `usage` (the name, a value) and `url_invalid`.
 */
export function judgeNewServer(name: string, keys: AddServerOptions['keys']): TomlTable {
  return buildNewServer(name, keys, { env: {}, cwd: '', home: '' }).added;
}

/** What the engine would get to know of a server that is not written yet. Throws as {@link judgeNewServer}. */
export function newServerSettings(
  name: string,
  keys: AddServerOptions['keys'],
  around: Pick<BuildOptions, 'env' | 'cwd' | 'home'>,
): ServerSettings {
  return buildNewServer(name, keys, around).settings;
}

function buildNewServer(
  name: string,
  keys: AddServerOptions['keys'],
  around: Pick<BuildOptions, 'env' | 'cwd' | 'home'>,
): { readonly added: TomlTable; readonly settings: ServerSettings } {
  judgeServerName(name);
  parseServerUrl(keys.url);
  const block = appendBlock('', name, keys);
  const added = serversOf(parseDocument('user', 'the new block', block).table)[name];
  if (!isTable(added)) throw new TypeError('A block is a table.');
  const { settings } = readServerTable(added, { origin: () => ({ source: 'flag', place: 'add' }) });
  const built = buildServer(resolveServer('', [settings]), {
    url: keys.url,
    ...around,
    warnings: [],
    own: undefined,
    providers: new Map(),
  });
  return { added, settings: built.settings };
}

export interface SetClientOptions {
  readonly file: string;
  readonly name: string;
  /** Of the `oauth` table, without its name: `client_id`, `client_secret_env`, `client_secret_file`. */
  readonly keys: Readonly<Record<string, string>>;
}

const CLIENT_KEYS = ['client_id', 'client_secret_env', 'client_secret_file', 'client_secret_command'];

/**
 * Writes the client of one server in place of the one that it has, and leaves every other byte. A server of another file
 * gets a block with these keys alone. Throws `config_invalid` where the file cannot be edited without damage.
 */
export async function setClient({ file, name, keys }: SetClientOptions): Promise<void> {
  await edit(file, (text) => {
    const { table } = parseDocument('user', file, text);
    const servers = serversOf(table);
    const { [name]: server } = servers;
    const { oauth, ...rest } = isTable(server) ? server : ({} as TomlTable);
    const others = Object.entries(isTable(oauth) ? oauth : {}).filter(([key]) => !CLIENT_KEYS.includes(key));
    const dotted = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`oauth.${key}`, value]));
    const edited =
      server === undefined ? appendBlock(text, name, dotted) : setOauthKeys(text, name, keys, CLIENT_KEYS);
    if (edited === undefined) throw cannotEdit(file, name);
    const changed = { ...rest, oauth: { ...Object.fromEntries(others), ...keys } };
    checkEdit(file, edited, { ...table, mcp_servers: { ...servers, [name]: changed } }, name);
    return edited;
  });
}

/** Deletes one server's tables and the comments directly above them. Throws `server_unknown`, `config_invalid`. */
export async function removeServer(options: RemoveServerOptions): Promise<void> {
  const { file, name } = options;
  await edit(file, (text) => {
    const { table } = parseDocument('user', file, text);
    const { [name]: removed, ...others } = serversOf(table);
    if (removed === undefined) throw unknownServer(file, name, Object.keys(others));
    const edited = cutBlocks(text, name);
    if (edited === undefined) throw cannotEdit(file, name);
    checkEdit(file, edited, { ...table, mcp_servers: others }, name);
    return edited;
  });
}

function serversOf(table: TomlTable): TomlTable {
  const servers = table['mcp_servers'];
  return isTable(servers) ? servers : {};
}

/** The edited text must say what was meant, and about everything else what it said before. */
function checkEdit(file: string, edited: string, expected: Record<string, unknown>, name: string): void {
  let table: TomlTable;
  try {
    table = parseDocument('user', file, edited).table;
  } catch (thrown) {
    throw isMcpassError(thrown) ? cannotEdit(file, name) : thrown;
  }
  const normal = (value: Record<string, unknown>) => {
    const { mcp_servers: servers, ...rest } = value;
    return isTable(servers) && Object.keys(servers).length > 0 ? { ...rest, mcp_servers: servers } : rest;
  };
  if (!isDeepStrictEqual(plainCopy(normal(table)), plainCopy(normal(expected)))) throw cannotEdit(file, name);
}

/** Tables compared by what is in them: the order of keys and their prototypes say nothing. */
function plainCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainCopy);
  if (!isTable(value)) return value instanceof Date ? value.toISOString() : value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, plainCopy(inner)]));
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await changeText(file, { change: (text) => ({ text: change(text ?? '') }) });
}

function nameInUse(file: string, name: string): McpassError {
  return new McpassError('name_in_use', `${file} has a server called ${quote(name)} already.`, {
    step: 'config',
    fault: 'yours',
    remedy: { do: 'say', text: 'Take another name, or add --force to replace it.' },
    facts: { place: file },
  });
}

function unknownServer(file: string, name: string, others: readonly string[]): McpassError {
  return new McpassError(
    'server_unknown',
    `${file} has no server called ${quote(name)}.${didYouMean(name, others)}`,
    {
      step: 'config',
      fault: 'yours',
      facts: { place: file },
    },
  );
}

function cannotEdit(file: string, name: string): McpassError {
  return new McpassError(
    'config_invalid',
    `${file} is written in a way that cannot be edited without touching more than ${quote(name)}.`,
    {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: `Edit it yourself: write each server as a table, [mcp_servers.NAME].` },
      facts: { place: file },
    },
  );
}
