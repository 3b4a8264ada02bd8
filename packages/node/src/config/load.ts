import { didYouMean, McpassError, parseServerUrl, quote, serverIdentity } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import { homeDirectory, type Paths } from '../paths.js';
import type { Config, ConfiguredServer, ConfigWarning, Explanation, ServerSummary } from './config.js';
import { configError, configWarning, placeOf } from './config-error.js';
import { providerVariables } from './identity-provider.js';
import { readKeyPath } from './outline.js';
import { type ResolvedServer, resolveServer } from './resolved-server.js';
import { namesVariable, ruleOf, SERVER_KEY_NAMES, SERVER_KEYS } from './server-keys.js';
import { buildServer, signInModeOf } from './server-settings.js';
import type { Setting } from './server-table.js';
import { readSources, type Sources, type StoreSetting } from './sources.js';

export interface LoadOptions {
  readonly paths: Pick<Paths, 'configFile' | 'configNamed'>;
  readonly env: Environment;
  /** Where the search for a project file begins. */
  readonly cwd: string;
  /** `-c key=value`, in the order of the command line: the last one wins. */
  readonly overrides?: readonly string[];
  /** For `~/` in file names of the configuration; the process's own when absent. */
  readonly home?: string;
}

/** Reads every source. No network, no secret. Throws `config_invalid` with file, line and column; `usage` for `-c`. */
export function loadConfig(options: LoadOptions): Config {
  const { env, cwd, home = homeDirectory() } = options;
  const sources = readSources({ ...options, overrides: options.overrides ?? [] });
  const find = (nameOrUrl: string) => findServer(sources, nameOrUrl, env);

  const build = ({ name, url, resolved, warnings }: Found): ConfiguredServer =>
    buildServer(resolved, {
      ...(name === undefined ? {} : { name }),
      url,
      env,
      cwd,
      home,
      warnings,
      own: sources.own,
      providers: sources.overrides.providers,
    });

  return {
    files: sources.files,
    warnings: sources.warnings,
    credentialsStore: sources.stores[0]?.value ?? 'auto',
    secretVariables: () => secretVariables(sources),
    servers: () => summaries(sources),
    server: (nameOrUrl) => build(find(nameOrUrl)),
    explain: (key, server) => explainKey(sources, key, server, find),
    explainServer(nameOrUrl) {
      const { resolved } = find(nameOrUrl);
      return resolved.keys().map((key) => resolved.explain(key));
    },
  };
}

function secretVariables({ overrides, project, user, own }: Sources): readonly string[] {
  const entries = [...user.values(), ...project.values()].map(({ settings }) => settings);
  const settings = [...entries, ...overrides.servers.values(), overrides.named].flat();
  const names = settings.filter(({ key }) => namesVariable(key));
  return [...new Set([...names.map(({ value }) => String(value)), ...providerVariables(own)])];
}

/** Found once: of thousands of entries each is looked up by its name. */
const knownNames = new WeakMap<Sources, ReadonlySet<string>>();

function remoteNames(sources: Sources): ReadonlySet<string> {
  const known = knownNames.get(sources);
  if (known !== undefined) return known;
  const { overrides, project, user } = sources;
  const names = new Set([...user.keys(), ...project.keys(), ...overrides.servers.keys()]);
  for (const name of names) {
    const isLocal = project.get(name)?.local === true || user.get(name)?.local === true;
    if (isLocal || brokenEntry(sources, name) !== undefined) names.delete(name);
  }
  knownNames.set(sources, names);
  return names;
}

/** One broken source is enough: what the others say of the server was not meant to stand alone. */
function brokenEntry({ project, user }: Sources, name: string): McpassError | undefined {
  return project.get(name)?.broken ?? user.get(name)?.broken;
}

function summaries(sources: Sources): readonly ServerSummary[] {
  return [...remoteNames(sources)].flatMap((name) => {
    const { resolved } = join(sources, name, []);
    const url = resolved.winner('url');
    if (url === undefined) return [];
    return [{ name, url: String(url.value), enabled: resolved.flag('enabled'), origin: url.origin() }];
  });
}

interface Joined {
  readonly resolved: ResolvedServer;
  readonly warnings: readonly ConfigWarning[];
}

/** One configured server from all sources. `named` are the `-c` keys that stand for the server on the command line. */
function join(sources: Sources, name: string, named: readonly Setting[]): Joined {
  const { overrides, project, user } = sources;
  const flags = [...named, ...(overrides.servers.get(name) ?? [])];
  const theirs = project.get(name)?.settings ?? [];
  const own = user.get(name)?.settings ?? [];
  const prefix = `mcp_servers.${/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)}.`;
  const theirUrl = theirs.find(({ key }) => key === 'url');
  const ownUrl = own.find(({ key }) => key === 'url');
  const narrowing = own.filter(({ key }) => NARROWING_KEYS.has(key));
  const dropped = ownUrl ?? own.find((setting) => !narrowing.includes(setting));
  if (
    theirUrl === undefined ||
    dropped === undefined ||
    (ownUrl !== undefined && sameServer(theirUrl, ownUrl))
  ) {
    const { kept, warnings } = withoutSecretOf(own, theirs);
    return { resolved: resolveServer(prefix, [flags, theirs, kept]), warnings };
  }
  // The same name for another server, or for whichever the project chooses: what the person keeps for theirs (headers,
  // tokens, client) must not go there.
  const which = ownUrl === undefined ? 'may be another server' : 'is another server';
  const left = ownUrl === undefined ? 'which has no url and is left out here' : 'which is left out here';
  const message = `this ${quote(name)} ${which} than the one in ${placeOf(dropped.origin())}, ${left}.`;
  return {
    resolved: resolveServer(prefix, ownUrl === undefined ? [flags, theirs, narrowing] : [flags, theirs]),
    warnings: [configWarning(theirUrl.origin(), message, 'url')],
  };
}

/** How the client of an entry proves itself. */
const PROOF_KEYS: ReadonlySet<string> = new Set([
  'oauth.client_secret_env',
  'oauth.client_secret_file',
  'oauth.client_secret_command',
  'oauth.private_key_env',
  'oauth.private_key_file',
  'oauth.private_key_command',
  'oauth.private_key_id',
  'oauth.signing_algorithm',
  'oauth.token_endpoint_auth_method',
]);

/** A secret belongs to the client that stands beside it: for another one of a project file it is none, and goes nowhere. */
function withoutSecretOf(
  own: readonly Setting[],
  theirs: readonly Setting[],
): { readonly kept: readonly Setting[]; readonly warnings: readonly ConfigWarning[] } {
  const [ours, other] = [own, theirs].map((settings) =>
    settings.find(({ key }) => key === 'oauth.client_id'),
  );
  const isOther = ours !== undefined && other !== undefined && ours.value !== other.value;
  const kept = isOther ? own.filter(({ key }) => !PROOF_KEYS.has(key)) : own;
  if (!isOther || kept.length === own.length) return { kept, warnings: [] };
  const message = `this client is another one than that in ${placeOf(ours.origin())}, whose secret is left out here.`;
  return { kept, warnings: [configWarning(other.origin(), message, 'oauth.client_id')] };
}

/** Keys that send nothing and only take something away: they hold for whatever server has the name. */
const NARROWING_KEYS: ReadonlySet<string> = new Set(['enabled', 'enabled_tools', 'disabled_tools']);

function sameServer(one: Setting, other: Setting): boolean {
  return serverIdentity(String(one.value)) === serverIdentity(String(other.value));
}

interface Found extends Joined {
  readonly name?: string;
  readonly url: string;
}

function findServer(sources: Sources, nameOrUrl: string, env: Environment): Found {
  const { named } = sources.overrides;
  const broken = brokenEntry(sources, nameOrUrl);
  if (broken !== undefined) throw broken;
  const names = remoteNames(sources);
  if (names.has(nameOrUrl)) {
    const joined = join(sources, nameOrUrl, named);
    const url = joined.resolved.text('url');
    if (url !== undefined) return { name: nameOrUrl, url, ...joined };
    throw noUrl(nameOrUrl, joined.resolved);
  }
  if (sources.user.get(nameOrUrl)?.local === true || sources.project.get(nameOrUrl)?.local === true) {
    throw serverUnknown(
      `${quote(nameOrUrl)} is a program on this machine, not a remote server: it needs no sign-in.`,
    );
  }
  if (!nameOrUrl.includes('://')) {
    throw serverUnknown(`No server is called ${quote(nameOrUrl)}.${didYouMean(nameOrUrl, [...names])}`);
  }
  const url = parseServerUrl(nameOrUrl);
  const identity = serverIdentity(nameOrUrl);
  const configured = summaries(sources).filter((server) => serverIdentity(server.url) === identity);
  const enabled = configured.filter((server) => server.enabled);
  // Of several names, one that signs in: whoever gives the URL does not mean the token of another entry.
  const signsIn = ({ name }: ServerSummary) =>
    signInModeOf(join(sources, name, named).resolved, env) === 'oauth';
  const match = enabled.find(signsIn) ?? enabled[0] ?? configured[0];
  if (match !== undefined) return { name: match.name, url: match.url, ...join(sources, match.name, named) };
  return { url: url.href, resolved: resolveServer('', [named]), warnings: [] };
}

function noUrl(name: string, resolved: ResolvedServer): McpassError {
  const any = resolved.winner(resolved.keys()[0] ?? '');
  const message = `the server ${quote(name)} has no url.`;
  return any === undefined
    ? serverUnknown(`The server ${quote(name)} has no url.`)
    : configError(any.origin(), message);
}

function serverUnknown(message: string): McpassError {
  return new McpassError('server_unknown', message, {
    step: 'config',
    fault: 'yours',
  });
}

function explainKey(
  sources: Sources,
  key: string,
  server: string | undefined,
  find: (nameOrUrl: string) => Found,
): Explanation {
  const { path, end } = readKeyPath(key, 0);
  const [first = '', name, ...rest] = path;
  if (end === key.length && key === 'credentials_store') return explainStore(sources.stores);
  const target = first === 'mcp_servers' ? name : server;
  const relative = (first === 'mcp_servers' ? rest : path).join('.');
  const rule = ruleOf(relative);
  const isEntry = Object.hasOwn(SERVER_KEYS, relative) ? rule?.kind !== 'map' : rule !== undefined;
  if (end === key.length && isEntry && target !== undefined) {
    return find(target).resolved.explain(relative);
  }
  if (end === key.length && isEntry) {
    throw new McpassError('usage', `${quote(key)} is a key of a server, and no server was named.`, {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: `mcpass config explain mcp_servers.NAME.${relative}` },
    });
  }
  if (end === key.length && rule?.kind === 'map') {
    throw new McpassError('usage', `${quote(key)} is a table, and none of its entries was named.`, {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: `mcpass config explain mcp_servers.NAME.${relative}.ENTRY` },
    });
  }
  throw new McpassError(
    'usage',
    `There is no key ${quote(key)}.${didYouMean(relative, [...SERVER_KEY_NAMES, 'credentials_store'])}`,
    { step: 'config', fault: 'yours' },
  );
}

function explainStore(stores: readonly StoreSetting[]): Explanation {
  const all = [...stores, { value: 'auto', origin: { source: 'default', place: 'default' } as const }];
  const [winner, ...losers] = all;
  return { key: 'credentials_store', ...winner, losers };
}
