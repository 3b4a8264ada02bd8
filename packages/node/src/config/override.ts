import { didYouMean, quote } from '@mcpass/auth';
import { parse, type TomlTable, type TomlValue } from 'smol-toml';
import { STORE_CHOICES, type StoreChoice } from '../stores/store-choice.js';
import type { Origin } from './config.js';
import { configError } from './config-error.js';
import { NESTING_LIMIT } from './nesting.js';
import { readKeyPath } from './outline.js';
import { PROVIDER_TABLE, PROVIDER_TABLE_KEYS } from './provider-keys.js';
import { type KeyKind, mapOf } from './server-keys.js';
import { isTable, readServerTable, SERVER_TABLE_KEYS, type Setting, type TableKeys } from './server-table.js';

/** What `-c key=value` said, sorted by whom it is for. Later ones come first: they win. */
export interface Overrides {
  readonly credentialsStore?: { readonly value: StoreChoice; readonly origin: Origin };
  /** By server name. */
  readonly servers: ReadonlyMap<string, readonly Setting[]>;
  /** By the name of an identity provider. */
  readonly providers: ReadonlyMap<string, readonly Setting[]>;
  /** For the server that the command line names. */
  readonly named: readonly Setting[];
}

/** Reads `-c` flags in their order. Throws `usage`. */
export function readOverrides(flags: readonly string[]): Overrides {
  const servers = new Map<string, readonly Setting[]>();
  const providers = new Map<string, readonly Setting[]>();
  const named: Setting[] = [];
  let credentialsStore: Overrides['credentialsStore'];
  for (const flag of flags) {
    const { path, raw } = splitFlag(flag);
    const origin: Origin = { source: 'flag', place: `-c ${path.join('.')}` };
    const [first, server, ...rest] = path;
    if (first === 'credentials_store' && server === undefined) {
      credentialsStore = { value: storeChoice(raw, origin), origin };
    } else if (first === 'mcp_servers') {
      if (server === undefined || server === '')
        throw configError(origin, 'name a server: mcp_servers.NAME.KEY.');
      const settings = readOne(rest, raw, origin, `mcp_servers.${server}`);
      servers.set(server, [...settings, ...(servers.get(server) ?? [])]);
    } else if (first === PROVIDER_TABLE) {
      if (server === undefined || server === '')
        throw configError(origin, `name an identity provider: ${PROVIDER_TABLE}.NAME.KEY.`);
      const settings = readOne(rest, raw, origin, `${PROVIDER_TABLE}.${server}`, PROVIDER_TABLE_KEYS);
      providers.set(server, [...settings, ...(providers.get(server) ?? [])]);
    } else {
      named.unshift(...readOne(path, raw, origin));
    }
  }
  return { servers, providers, named, ...(credentialsStore === undefined ? {} : { credentialsStore }) };
}

function splitFlag(flag: string): { readonly path: readonly string[]; readonly raw: string } {
  const { path, end } = readKeyPath(flag, 0);
  if (flag[end] === '=' && path.every((part) => part !== ''))
    return { path, raw: flag.slice(end + 1).trim() };
  const origin: Origin = { source: 'flag', place: '-c' };
  throw configError(origin, `${quote(flag.split('=')[0] ?? '', 60)} is not of the form key=value.`);
}

function readOne(
  path: readonly string[],
  raw: string,
  origin: Origin,
  label?: string,
  tableKeys: TableKeys = SERVER_TABLE_KEYS,
): readonly Setting[] {
  const key = path.join('.');
  const whole = key === '' || tableKeys.tables.includes(key);
  const rule = whole ? undefined : tableKeys.ruleOf(key);
  const value = whole ? parseToml(raw) : coerce(raw, origin, mapOf(key) === undefined ? rule?.kind : 'entry');
  if (value === undefined) refuseHalfToml(raw, origin);
  if (whole && !isTable(value))
    throw configError(origin, 'needs a key of the server, or an inline table of them.');
  const read = readServerTable(nest(path, value ?? raw), {
    ...(label !== undefined && { label }),
    keys: tableKeys,
    origin: () => origin,
  });
  const unknown = read.warnings[0];
  if (unknown !== undefined) {
    const keys = [...tableKeys.names, ...(tableKeys === SERVER_TABLE_KEYS ? ['credentials_store'] : [])];
    throw configError(origin, `mcpass has no such key.${didYouMean(key, keys)}`, key);
  }
  return read.settings;
}

function nest(path: readonly string[], value: TomlValue): TomlTable {
  const [first, ...rest] = path;
  if (first === undefined) return isTable(value) ? value : {};
  return { [first]: rest.length === 0 ? value : nest(rest, value) };
}

/** The value as TOML where it is that, else the bare word; a list may have lost its quotation marks to the shell. */
function coerce(raw: string, origin: Origin, kind: KeyKind | 'entry' | undefined): TomlValue {
  const value = parseToml(raw);
  const bare = kind === 'list' ? /^\[([^[\]{}"']*)\]$/.exec(raw)?.[1] : undefined;
  if (value === undefined && bare === undefined) refuseHalfToml(raw, origin);
  if (kind === 'list') {
    // A number or a date is no list, and was meant as none.
    if (value !== undefined && typeof value !== 'string') return value;
    return (value ?? bare ?? raw).split(/[\s,]+/).filter((word) => word !== '');
  }
  // A client id of digits alone is text all the same; of the entries of a map, so are yes and no.
  const isText = kind === 'text' || kind === 'entry' || (kind !== undefined && typeof kind !== 'string');
  const isOther =
    Array.isArray(value) || isTable(value) || ((value === true || value === false) && kind !== 'entry');
  if (isText) return typeof value === 'string' || isOther ? value : raw;
  return value ?? raw;
}

function parseToml(raw: string): TomlValue | undefined {
  try {
    // One value and nothing behind it.
    const table = parse(`value = ${raw}`, { maxDepth: NESTING_LIMIT });
    return Object.keys(table).length === 1 ? table['value'] : undefined;
  } catch {
    return undefined;
  }
}

/** What begins like a list, a table or a text in quotation marks was meant as one: taken as a word it would go wrong later. */
function refuseHalfToml(raw: string, origin: Origin): void {
  if (!/^[[{"']/.test(raw)) return;
  throw configError(
    origin,
    `${quote(raw, 60)} begins like a TOML value and is none; mind the quotes of the shell.`,
  );
}

function storeChoice(raw: string, origin: Origin): StoreChoice {
  const value = coerce(raw, origin, STORE_CHOICES);
  return judgeStoreChoice(value, origin);
}

/** Throws unless the value is one of {@link STORE_CHOICES}. */
export function judgeStoreChoice(value: unknown, origin: Origin): StoreChoice {
  const choice = STORE_CHOICES.find((known) => known === value);
  if (choice !== undefined) return choice;
  const got = typeof value === 'string' ? `, not ${quote(value, 40)}` : '';
  throw configError(
    origin,
    `credentials_store must be one of ${STORE_CHOICES.join(', ')}${got}.`,
    'credentials_store',
  );
}
