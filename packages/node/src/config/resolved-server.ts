import { shownUrl } from '@mcpass/auth';
import type { ConfigValue, Explanation, Origin } from './config.js';
import { mapOf, SERVER_KEY_NAMES } from './server-keys.js';
import type { Setting } from './server-table.js';

/** Values of keys that nobody set. */
const DEFAULTS: Readonly<Record<string, ConfigValue>> = {
  auth: 'auto',
  enabled: true,
  offline_access: 'auto',
  startup_timeout_sec: 30,
  tool_timeout_sec: 300,
  'oauth.callback_host': '127.0.0.1',
  'oauth.callback_path': '/callback',
  'oauth.grant': 'authorization_code',
  'oauth.dpop': 'auto',
  'oauth.par': 'auto',
  'oauth.registration': 'auto',
};

const DEFAULT_ORIGIN: Origin = { source: 'default', place: 'default' };

/** What all sources together say about one server. */
export interface ResolvedServer {
  /** The strongest setting of a key; undefined when nobody set it. */
  winner(key: string): Setting | undefined;
  /** The value that was set, where it is a text. */
  text(key: string): string | undefined;
  /** The value that was set, or the default. */
  flag(key: string): boolean;
  number(key: string): number | undefined;
  list(key: string): readonly string[] | undefined;
  /** A map's entries from all sources; undefined when there is none. */
  map(name: string): Readonly<Record<string, string>> | undefined;
  /** Keys that somebody set, in the order of the key table. */
  keys(): readonly string[];
  explain(key: string): Explanation;
}

/** Joins the settings of one server; `layers` strongest first. `prefix` goes before the keys of explanations. */
export function resolveServer(prefix: string, layers: readonly (readonly Setting[])[]): ResolvedServer {
  const settings = new Map<string, Setting[]>();
  for (const setting of layers.flat()) {
    const rivals = settings.get(setting.key);
    if (rivals === undefined) settings.set(setting.key, [setting]);
    else rivals.push(setting);
  }
  const winner = (key: string) => settings.get(key)?.[0];
  const value = (key: string) => winner(key)?.value ?? DEFAULTS[key];
  const text = (key: string) => {
    const set = winner(key)?.value;
    return typeof set === 'string' ? set : undefined;
  };

  return {
    winner,
    text,
    flag: (key) => value(key) === true,
    number(key) {
      const number = value(key);
      return typeof number === 'number' ? number : undefined;
    },
    list(key) {
      const list = winner(key)?.value;
      return typeof list === 'object' ? list : undefined;
    },
    map(name) {
      const keys = [...settings.keys()].filter((key) => mapOf(key) === name);
      if (keys.length === 0) return undefined;
      return Object.fromEntries(keys.map((key) => [key.slice(name.length + 1), text(key) ?? '']));
    },
    keys() {
      const order = SERVER_KEY_NAMES;
      const rank = (key: string) => order.indexOf(mapOf(key) ?? key);
      return [...settings.keys()].toSorted((one, other) => rank(one) - rank(other));
    },
    explain(key) {
      const all = (settings.get(key) ?? []).map((setting) => ({
        value: shown(key, setting.value),
        origin: setting.origin(),
      }));
      const preset = DEFAULTS[key];
      if (preset !== undefined) all.push({ value: preset, origin: DEFAULT_ORIGIN });
      const [first, ...losers] = all;
      return { key: `${prefix}${key}`, ...first, losers };
    },
  };
}

/** A literal header may be a credential, and so may a part of an address. */
function shown(key: string, value: ConfigValue): ConfigValue {
  if ((key === 'url' || key === 'oauth_resource') && typeof value === 'string') return shownUrl(value);
  return mapOf(key) === 'http_headers' ? '[secret]' : value;
}

/** `{ key: value }`, or nothing for undefined: optional members are absent, not undefined. */
export function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
