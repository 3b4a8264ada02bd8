import { didYouMean, isJsonObject, quote } from '@mcpass/auth';
import type { TomlTable, TomlValue } from 'smol-toml';
import type { ConfigValue, ConfigWarning, Origin } from './config.js';
import { configError, configWarning } from './config-error.js';
import {
  FOREIGN_KEYS,
  type KeyKind,
  type KeyRule,
  ruleOf,
  SECRET_KEYS,
  SERVER_KEY_NAMES,
  SERVER_TABLES,
} from './server-keys.js';

/** One key of one server, from one source; nested tables and maps dotted. */
export interface Setting {
  readonly key: string;
  readonly value: ConfigValue;
  /** Asked only by messages and `explain`: finding a line takes longer than reading the value. */
  readonly origin: () => Origin;
}

export interface ServerTable {
  readonly settings: readonly Setting[];
  readonly warnings: readonly ConfigWarning[];
}

export interface ServerTableOptions {
  /** Prefix of the keys in messages: `mcp_servers.fastmail`; absent where the keys are named without one. */
  readonly label?: string;
  /** Where a key of this table stands. */
  readonly origin: (path: readonly string[]) => Origin;
  /** Which keys there are; those of a server when absent. */
  readonly keys?: TableKeys;
}

/** The keys of one kind of table. */
export interface TableKeys {
  readonly ruleOf: (key: string) => KeyRule | undefined;
  readonly names: readonly string[];
  /** Tables that are not maps: their members are keys of ours. */
  readonly tables: readonly string[];
  /** Keys of other programs. */
  readonly foreign: ReadonlySet<string>;
  /** Keys under which people might write a secret, and what to do instead. */
  readonly secrets: Readonly<Record<string, string>>;
}

export const SERVER_TABLE_KEYS: TableKeys = {
  ruleOf,
  names: SERVER_KEY_NAMES,
  tables: SERVER_TABLES,
  foreign: FOREIGN_KEYS,
  secrets: SECRET_KEYS,
};

/**
 * Reads and checks the table of one server, or of what has other `keys`. A key that does not exist is a warning; a wrong value, a secret, or a key
 * that a project file may not set is an error (`config_invalid`, `usage` for the command line).
 */
export function readServerTable(table: TomlTable, options: ServerTableOptions): ServerTable {
  const settings: Setting[] = [];
  const warnings: ConfigWarning[] = [];
  const { label, origin, keys = SERVER_TABLE_KEYS } = options;
  const named = (path: readonly string[]) => (label === undefined ? path : [label, ...path]).join('.');

  const take = (path: readonly string[], value: TomlValue) => {
    const key = path.join('.');
    const place = () => origin(path);
    const name = named(path);
    const rule = keys.ruleOf(key);
    const alternative = Object.hasOwn(keys.secrets, key) ? keys.secrets[key] : undefined;
    if (alternative !== undefined) {
      throw configError(place(), `${name} is a secret, which does not belong here. ${alternative}`, name);
    }
    if (rule === undefined) {
      if (keys.tables.includes(key)) takeTable(path, value);
      else if (!keys.foreign.has(key)) warnings.push(unknownKey(key, name, place(), keys.names));
      return;
    }
    refuseInProject(rule, name, place);
    if (rule.kind === 'map') {
      if (!isTable(value)) throw configError(place(), `${name} must be a table of strings.`, name);
      for (const [entry, text] of Object.entries(value))
        settings.push(takeEntry([...path, entry], text, rule));
      return;
    }
    const problem = judgeValue(value, rule);
    if (problem !== undefined) throw configError(place(), `${name} ${problem}.`, name);
    settings.push({ key, value: value as ConfigValue, origin: place });
  };

  const takeTable = (path: readonly string[], value: TomlValue) => {
    if (!isTable(value)) throw configError(origin(path), `${named(path)} must be a table.`);
    for (const [member, inner] of Object.entries(value)) take([...path, member], inner);
  };

  const takeEntry = (path: readonly string[], value: TomlValue, rule: KeyRule): Setting => {
    const key = path.join('.');
    const name = named(path);
    const bad = rule.judgeName?.(path.at(-1) ?? '') ?? judgeValue(value, { ...rule, kind: 'text' });
    if (bad !== undefined) throw configError(origin(path), `${name} ${bad.replace(/\.$/, '')}.`, name);
    return { key, value: value as string, origin: () => origin(path) };
  };

  for (const [key, value] of Object.entries(table)) take([key], value);
  return { settings, warnings };
}

function unknownKey(key: string, name: string, origin: Origin, names: readonly string[]): ConfigWarning {
  return configWarning(origin, `mcpass does not know ${quote(name)}.${didYouMean(key, names)}`, name);
}

function refuseInProject(rule: KeyRule, name: string, place: () => Origin): void {
  if (rule.project === true) return;
  const origin = place();
  if (origin.source !== 'project') return;
  throw configError(
    origin,
    `${name} does not belong in a project file, which others write. Put it into your own configuration.`,
    name,
  );
}

function judgeValue(value: TomlValue, rule: KeyRule): string | undefined {
  const expected = judgeKind(value, rule.kind);
  if (expected !== undefined) return `must be ${expected}`;
  const texts = Array.isArray(value) ? value : [value];
  for (const text of texts) {
    const problem = typeof text === 'string' ? rule.judge?.(text) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Longest time in seconds that anything may be told to take. */
const DAY_S = 86_400;

/** What the value should have been, or undefined when it is that. */
function judgeKind(value: TomlValue, kind: KeyKind): string | undefined {
  switch (kind) {
    case 'text':
      if (value === '') return 'a string with something in it';
      return typeof value === 'string' ? undefined : 'a string';
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'seconds':
      return typeof value === 'number' && value > 0 && value <= DAY_S
        ? undefined
        : `a number of seconds above 0 and not above ${DAY_S}, which is a day`;
    case 'port':
      return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
        ? undefined
        : 'a port from 1 to 65535';
    case 'list':
      return isTexts(value) ? undefined : 'a list of strings';
    case 'command':
      return isTexts(value) && value.length > 0 && value[0] !== ''
        ? undefined
        : 'a list: the program, then its arguments';
    case 'map':
      return isTable(value) ? undefined : 'a table of strings';
    default:
      if (typeof value === 'string' && kind.includes(value)) return undefined;
      return `one of ${kind.join(', ')}${typeof value === 'string' ? `, not ${quote(value, 40)}` : ''}`;
  }
}

function isTexts(value: TomlValue): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** True for a table; false for dates, which are objects too. */
export function isTable(value: unknown): value is TomlTable {
  return isJsonObject(value) && !(value instanceof Date);
}
