import { serverIdentity, shownUrl } from '@mcpass/auth';
import type { Config } from '@mcpass/node/config';
import type { ListedItem, ListedKind } from '@mcpass/node/stores';
import type { Completes } from '../command.js';
import type { Deps } from '../deps.js';
import { locatePaths } from '../servers/configuration.js';
import { DEFAULT_ACCOUNT } from '../servers/server-state.js';

/* What completion offers besides the words of commands: from the configuration, and from what servers have shown. Nobody is asked. */

export interface Offer {
  readonly word: string;
  readonly says: string;
}

/** What stands on the line before the word that is being typed. */
export interface Before {
  readonly positions: readonly string[];
  /** `--account LABEL`. */
  readonly account: string | undefined;
  /** The word itself, as far as it is there. */
  readonly begun: string;
}

type Source = (before: Before, deps: Deps) => Promise<readonly Offer[]> | readonly Offer[];

type Named = Exclude<Completes, 'file' | 'command' | readonly string[]>;

const SOURCES: Readonly<Record<Named, Source>> = {
  server: (_, deps) => servers(deps),
  tool: (before, deps) => listed('tools', before, deps),
  prompt: (before, deps) => listed('prompts', before, deps),
  resource: (before, deps) => listed('resources', before, deps),
  'tool-argument': (before, deps) => argumentsOf('tools', before, deps),
  'prompt-argument': (before, deps) => argumentsOf('prompts', before, deps),
  account: (before, deps) => accounts(before, deps),
  profile: async () => (await import('../commands/sandbox.js')).profileOffers(),
  key: (_, deps) => keys(deps),
  setting: ({ begun }, deps) => settings(begun, deps),
};

export async function offersOf(kind: Named, before: Before, deps: Deps): Promise<readonly Offer[]> {
  try {
    return await SOURCES[kind](before, deps);
  } catch {
    // In the middle of a command line an error helps nobody.
    return [];
  }
}

/** Not `readConfiguration`: a warning helps as little. */
async function configOf(deps: Deps): Promise<Config> {
  const { loadConfig } = await import('@mcpass/node/config');
  return loadConfig({ paths: locatePaths(deps), env: deps.env, cwd: process.cwd() });
}

async function servers(deps: Deps): Promise<readonly Offer[]> {
  return (await configOf(deps)).servers().map(({ name, url }) => ({ word: name, says: shownUrl(url) }));
}

async function listings(server: string | undefined, deps: Deps) {
  const [{ readListings }, config] = await Promise.all([import('@mcpass/node/stores'), configOf(deps)]);
  const urls =
    server === undefined ? config.servers().map(({ url }) => url) : [config.server(server).settings.url];
  const own = server === undefined ? undefined : config.server(server).settings.account;
  const paths = locatePaths(deps);
  const all = urls.flatMap((url) => readListings({ paths, server: serverIdentity(url) }, Date.now()));
  return { all, own };
}

/** What the account was shown that the command would be for; there is no other one's to be offered. */
async function itemsOf(kind: ListedKind, before: Before, deps: Deps): Promise<readonly ListedItem[]> {
  const [server] = before.positions;
  if (server === undefined) return [];
  const { all, own } = await listings(server, deps);
  const account = before.account ?? deps.globals.account ?? own ?? DEFAULT_ACCOUNT;
  return all.find((listing) => listing.account === account)?.[kind]?.items ?? [];
}

async function listed(kind: ListedKind, before: Before, deps: Deps): Promise<readonly Offer[]> {
  const items = await itemsOf(kind, before, deps);
  return items.map(({ name, says = '' }) => ({ word: name, says }));
}

/** `name=` for each argument that is not there yet; behind it what it may be. */
async function argumentsOf(kind: ListedKind, before: Before, deps: Deps): Promise<readonly Offer[]> {
  const items = await itemsOf(kind, before, deps);
  const [, name, ...given] = before.positions;
  const used = new Set(given.map((word) => word.replace(/:?=.*$/s, '')));
  const all = items.find((item) => item.name === name)?.arguments ?? [];
  return all
    .filter((argument) => !used.has(argument.name))
    .flatMap(({ name: word, says = '', values }) => {
      const isBegun = values !== undefined && /^:?=/.test(before.begun.slice(word.length));
      if (isBegun && before.begun.startsWith(word)) {
        return values.map((value) => ({ word: `${word}${value}`, says }));
      }
      // What is no text is given as JSON.
      const sign = values?.every((value) => value.startsWith(':')) === true ? ':=' : '=';
      return [{ word: `${word}${sign}`, says }];
    });
}

async function accounts(before: Before, deps: Deps): Promise<readonly Offer[]> {
  const config = await configOf(deps);
  // Not always the first word: `connect HOST SERVER`.
  const server = before.positions.find((word) => config.servers().some(({ name }) => name === word));
  const { all } = await listings(server, deps);
  const named = config.servers().flatMap(({ name }) => config.server(name).settings.account ?? []);
  const labels = [...new Set([...named, ...all.map(({ account }) => account)])].toSorted();
  return labels.map((word) => ({ word, says: '' }));
}

async function keysOfServers(): Promise<readonly string[]> {
  const { ruleOf, SERVER_KEY_NAMES } = await import('@mcpass/node/config');
  return SERVER_KEY_NAMES.filter((key) => ruleOf(key)?.kind !== 'map');
}

/** For `config explain`: keys, servers, and the keys of a server. */
async function keys(deps: Deps): Promise<readonly Offer[]> {
  const [own, names] = await Promise.all([keysOfServers(), servers(deps)]);
  return [
    ...names,
    ...['credentials_store', ...own].map((word) => ({ word, says: '' })),
    ...names.flatMap(({ word: name }) => own.map((key) => ({ word: `${name}.${key}`, says: '' }))),
  ];
}

/** For `-c`: `key=`, and behind it what it may be. */
async function settings(begun: string, deps: Deps): Promise<readonly Offer[]> {
  const [{ ruleOf }, own, names] = await Promise.all([
    import('@mcpass/node/config'),
    keysOfServers(),
    servers(deps),
  ]);
  const at = begun.indexOf('=');
  if (at >= 0) {
    const key = begun.slice(0, at).replace(/^mcp_servers\.[\w-]+\./, '');
    const kind = ruleOf(key)?.kind;
    const values = typeof kind === 'object' ? kind : kind === 'flag' ? ['true', 'false'] : [];
    return values.map((value) => ({ word: `${begun.slice(0, at)}=${value}`, says: '' }));
  }
  return [
    'credentials_store',
    ...own,
    ...names.flatMap(({ word }) => own.map((key) => `mcp_servers.${word}.${key}`)),
  ].map((key) => ({ word: `${key}=`, says: '' }));
}
