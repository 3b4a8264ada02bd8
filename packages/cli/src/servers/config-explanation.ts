import { dirname, join } from 'node:path';
import { didYouMean, McpassError, plain, quote } from '@mcpass/auth';
import {
  type Config,
  type ConfigSource,
  type ConfigValue,
  type Explanation,
  type Origin,
  PROJECT_FILE,
  ruleOf,
  SERVER_KEY_NAMES,
} from '@mcpass/node/config';
import type { Deps } from '../deps.js';
import { shellWord } from '../terminal/shell-word.js';
import { whole } from '../terminal/wrap.js';
import type { Configuration } from './configuration.js';

/** Where a key could be set otherwise, and whether that would count as things are. */
export interface Change {
  readonly source: Exclude<ConfigSource, 'default'>;
  readonly how: string;
  /** What is stronger, and set. */
  readonly overruledBy: string | undefined;
}

export interface ExplainedKey extends Explanation {
  readonly changes: readonly Change[];
}

/** Strongest first. */
const STRENGTH: readonly ConfigSource[] = ['flag', 'environment', 'project', 'user', 'default'];

/** Options and variables of their own, beside `-c`. */
const OWN_WAYS: Readonly<Record<string, { readonly flag?: string; readonly variable?: string }>> = {
  credentials_store: { variable: 'MCPASS_CREDENTIALS_STORE' },
  account: { flag: '--account LABEL', variable: 'MCPASS_ACCOUNT' },
};

export type Explained =
  /** One key, of one server or of several. */
  | { readonly about: 'key'; readonly keys: readonly ExplainedKey[] }
  /** Everything that applies, by server; the keys of no server first. */
  | { readonly about: 'all'; readonly groups: readonly ExplainedGroup[] };

export interface ExplainedGroup {
  readonly server?: string;
  readonly keys: readonly ExplainedKey[];
}

/**
 * What applies, who says so and what would change it: of a key (`KEY`, `SERVER.KEY`, or both apart), of a server, or of
 * everything. Throws as {@link Config.explain}.
 */
export function explainConfiguration(
  word: string | undefined,
  server: string | undefined,
  configuration: Configuration,
  deps: Deps,
): Explained {
  const { config } = configuration;
  const explained = (explanation: Explanation): ExplainedKey => {
    const full = withAccount(explanation, deps);
    return { ...full, changes: changesOf(full, configuration) };
  };
  const names = config.servers().map(({ name }) => name);
  const groupOf = (name: string, defaults: boolean): ExplainedGroup => ({
    server: name,
    keys: keysOf(config, name, defaults).map(explained),
  });
  if (word === undefined) {
    const store = explained(config.explain('credentials_store'));
    return { about: 'all', groups: [{ keys: [store] }, ...names.map((name) => groupOf(name, false))] };
  }
  if (server === undefined && (names.includes(word) || word.includes('://'))) {
    return { about: 'all', groups: [groupOf(word, true)] };
  }
  const of = server === undefined ? names.find((name) => word.startsWith(`${name}.`)) : undefined;
  const key = of === undefined ? word : word.slice(of.length + 1);
  if (server === undefined && of === undefined && SERVER_KEY_NAMES.includes(key) && names.length > 0) {
    // One name for the key of each.
    return { about: 'key', keys: names.map((name) => explained(config.explain(key, name))) };
  }
  return { about: 'key', keys: [explained(explainOne(config, key, server ?? of, names))] };
}

/** What is no key may be the name of a server, with a mistake in it. */
function explainOne(
  config: Config,
  key: string,
  server: string | undefined,
  names: readonly string[],
): Explanation {
  const near =
    server === undefined && !key.includes('.') ? didYouMean(key, [...names, ...SERVER_KEY_NAMES]) : '';
  if (near !== '' && ruleOf(key) === undefined && key !== 'credentials_store') {
    throw new McpassError('usage', `There is no key and no server ${quote(key)}.${near}`, {
      step: 'config',
      fault: 'yours',
    });
  }
  return config.explain(key, server);
}

function keysOf(config: Config, name: string, defaults: boolean): readonly Explanation[] {
  const set = config.explainServer(name);
  if (!defaults) return set;
  const known = new Set(set.map(({ key }) => relativeKey(key)));
  const others = SERVER_KEY_NAMES.filter((key) => !known.has(key) && ruleOf(key)?.kind !== 'map');
  const preset = others.map((key) => config.explain(key, name)).filter(({ value }) => value !== undefined);
  return [...set, ...preset];
}

/** `--account` and its variable are stronger than every file, and no keys of it. */
function withAccount(explanation: Explanation, { globals, env }: Deps): Explanation {
  const { account } = globals;
  const { key, value, origin, losers } = explanation;
  if (account === undefined || relativeKey(key) !== 'account') return explanation;
  const place = env['MCPASS_ACCOUNT'] === account ? 'MCPASS_ACCOUNT' : '--account';
  const source = place === '--account' ? 'flag' : 'environment';
  const before = value === undefined || origin === undefined ? [] : [{ value, origin }];
  return { key, value: account, origin: { source, place }, losers: [...before, ...losers] };
}

function changesOf(
  { key, origin, losers }: Explanation,
  { config, paths }: Configuration,
): readonly Change[] {
  const relative = relativeKey(key);
  const own = OWN_WAYS[relative] ?? {};
  const places = [...(origin === undefined ? [] : [origin]), ...losers.map((loser) => loser.origin)];
  const inFile = (source: ConfigSource, path: string) => {
    const set = places.find((place) => place.source === source);
    if (set !== undefined) return placeText(set);
    const table = relative === key ? 'at its top' : `under [${key.slice(0, -relative.length - 1)}]`;
    return `${relative} in ${plain(shellWord(path), 1_000)}, ${table}`;
  };
  // Not read where a file was named.
  const project = paths.configNamed
    ? undefined
    : (config.files.find(({ kind }) => kind === 'project')?.path ?? join(process.cwd(), PROJECT_FILE));
  const ways: [Change['source'], string][] = [
    ['flag', `${own.flag ?? `-c ${shellWord(`${key}=VALUE`)}`}, for one run`],
  ];
  if (own.variable !== undefined) ways.push(['environment', `the variable ${own.variable}`]);
  if (ruleOf(relative)?.project === true && project !== undefined) {
    ways.push([
      'project',
      `${inFile('project', project)} (for everybody in ${plain(shellWord(dirname(project)), 1_000)})`,
    ]);
  }
  ways.push(['user', inFile('user', paths.configFile)]);
  const current = STRENGTH.indexOf(origin?.source ?? 'default');
  return ways.map(([source, how]) => {
    const isWeaker = origin !== undefined && STRENGTH.indexOf(source) > current;
    return { source, how, overruledBy: isWeaker ? placeText(origin) : undefined };
  });
}

/** `mcp_servers.NAME.scopes` as `scopes`; a name with dots is quoted there. */
export function relativeKey(key: string): string {
  return key.replace(/^mcp_servers\.(?:"(?:[^"\\]|\\.)*"|[^.]+)\./, '');
}

export function placeText({ source, place, line }: Origin): string {
  if (source === 'default') return 'default';
  return plain(`${place}${line === undefined ? '' : `:${line}`} (${source})`, 1_000);
}

export function valueText(value: ConfigValue): string {
  return plain(JSON.stringify(value), 2_000);
}

/** One key at length. */
export function explanationLines({ key, value, origin, losers, changes }: ExplainedKey): readonly string[] {
  return [
    plain(value === undefined ? `${key} is not set` : `${key} = ${valueText(value)}`, 2_000),
    ...(origin === undefined ? [] : [`  from       ${placeText(origin)}`]),
    ...losers.map(
      (loser) => `  overrules  ${plain(valueText(loser.value), 500)}  from ${placeText(loser.origin)}`,
    ),
    ...changes.map(
      ({ how, overruledBy }, at) =>
        `  ${(at === 0 ? 'change it' : '').padEnd(9)}  ${how.replace(/^-c \S+/, whole)}${overruledBy === undefined ? '' : `; overruled by ${overruledBy}`}`,
    ),
  ];
}
