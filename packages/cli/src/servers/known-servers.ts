import {
  createEntryStore,
  type CredentialRecord,
  identityUrl,
  keyText,
  type McpassError,
  placesOf,
  plain,
  recordKeyOf,
  recordName,
  serverIdentity,
  type ServerSettings,
  type Store,
} from '@mcpass/auth';
import type { Config, ConfiguredServer } from '@mcpass/node/config';
import type { OpenedStore, Survey } from '@mcpass/node/stores';
import { checkAccount } from './account-check.js';
import { readConfiguration } from './configuration.js';
import { openCredentialStore } from './credential-store.js';
import type { Deps } from '../deps.js';
import { asMcpassError } from '../failure.js';
import { byKey, entryKeys, type StoredByKey, usedKey } from './entry-keys.js';
import { warn } from '../terminal/warning.js';
import { withAccount } from './server-access.js';
import {
  DEFAULT_ACCOUNT,
  describeServer,
  describeUnread,
  livePending,
  type ServerState,
  usesSignIn,
} from './server-state.js';

/** A server with what is stored for it. */
export interface KnownServer {
  readonly server: ConfiguredServer;
  readonly record: CredentialRecord | undefined;
  readonly state: ServerState;
  /** No more than begun, for an account that nobody asked about, where another one has signed in or could. */
  readonly onlyBegun: boolean;
}

export interface KnownServers {
  readonly servers: readonly KnownServer[];
  readonly store: OpenedStore;
  readonly config: Config;
  /** The other configured names that use the credential of this one, by its name. */
  sharers(name: string): readonly string[];
  /** What could not be read of what was asked about: the rest is shown all the same, and then this is thrown. */
  readonly failures: readonly McpassError[];
  /** The files that cannot be read, as far as somebody looked; absent where nobody had to, or could. */
  readonly unreadable?: Survey['unreadable'];
}

/**
 * The configured servers, and those that somebody signed in to by URL. No network. With `wanted`, only that one; a
 * server with several accounts comes once for each.
 */
export async function knownServers(deps: Deps, wanted?: string): Promise<KnownServers> {
  await checkAccount(wanted, deps);
  const { config, paths } = readConfiguration(deps);
  const store = openCredentialStore(deps, config, paths);
  const named =
    wanted === undefined
      ? config.servers().flatMap(({ name }) => usableServer(deps, config, name))
      : [config.server(wanted)];
  const configured = named.map((server) => withAccount(server, deps));
  // A server that does without a sign-in is shown without a look at any.
  const asked = wanted === undefined || configured.some(usesSignIn);
  const { records: stored, unreadable, trouble } = asked ? await readStored(store) : NOTHING_READ;
  const nowMs = Date.now();
  const failures: McpassError[] = [];
  const servers: KnownServer[] = [];
  const unread = new Set<string>();
  if (trouble !== undefined) {
    for (const { name, aside } of await store.kept()) if (!aside) unread.add(name);
  }

  // Of nobody who is not configured is the key asked for.
  const known: StoredByKey = named.length === 0 ? new Map() : byKey(stored);
  const entries = entryKeys(config, known, deps);
  const keyOf = new Map(entries.map(({ name, key }) => [name, key]));
  const namesOf = groupedBy(entries, ({ key }) => key);
  const sharers = (own: string) =>
    (namesOf.get(keyOf.get(own) ?? '') ?? []).flatMap(({ name }) => (name === own ? [] : [name]));
  // What could not be listed is read all the same: the reason is told.
  const seen: Store = { ...store, read: async (key) => known.get(keyText(key)) ?? store.read(key) };
  /** In any of its places. Deleted from the set: what is left in the end belongs to nobody who was shown. */
  const isUnread = async (settings: ServerSettings): Promise<boolean> => {
    const names = await Promise.all(placesOf(settings).map(recordName));
    return names.map((name) => unread.delete(name)).includes(true);
  };
  const readRecord = async ({ settings }: ConfiguredServer) => {
    if (trouble === undefined) return createEntryStore(seen, settings).read(recordKeyOf(settings));
    if (await isUnread(settings)) throw trouble;
    return undefined;
  };
  const show = (server: ConfiguredServer, record: CredentialRecord | undefined, beside: boolean) => {
    const onlyBegun = beside && record?.grant === undefined;
    servers.push({ server, record, state: describeServer(server, record, store, nowMs), onlyBegun });
  };
  const know = async (server: ConfiguredServer, beside = false) => {
    try {
      // What another name for the same URL signed in to is not this one's.
      show(server, usesSignIn(server) ? await readRecord(server) : undefined, beside);
    } catch (thrown) {
      const error = asMcpassError(thrown);
      failures.push(error);
      servers.push({ server, record: undefined, state: describeUnread(server, error), onlyBegun: false });
    }
  };

  // Looked up and not searched: there may be thousands of both.
  const byServer = groupedBy(stored, ({ server }) => server);
  for (const server of configured) {
    await know(server);
    // Other accounts of the same server, unless one was asked for or is the entry's own.
    if (server.settings.account !== undefined || !usesSignIn(server)) continue;
    for (const record of byServer.get(serverIdentity(server.settings.url)) ?? []) {
      const { account } = record;
      const others = { ...server.settings, account };
      if (!isSignIn(record, nowMs) || account === DEFAULT_ACCOUNT) continue;
      const key = keyText(record);
      if (usedKey(others, known) !== key) continue;
      // Shown where it is at home.
      if (namesOf.has(key)) continue;
      await know({ ...server, settings: others }, true);
    }
  }
  if (wanted === undefined) {
    const signing = configured.filter(usesSignIn);
    const signsIn = new Set(signing.map(({ settings }) => serverIdentity(settings.url)));
    const serverOf = createServerLookup(config);
    const byUrl = stored.toSorted(
      (one, other) => compare(one.server, other.server) || compare(one.account, other.account),
    );
    for (const record of byUrl) {
      const { server: url, account } = record;
      if (!isSignIn(record, nowMs)) continue;
      if (signsIn.has(url)) continue;
      if (deps.globals.account !== undefined && deps.globals.account !== account) continue;
      const beside = byServer.get(url)?.some(({ grant }) => grant !== undefined) ?? false;
      show(serverOf(record), record, beside);
    }
  }
  // Of servers that are not configured: nobody can say which.
  if (trouble !== undefined && wanted === undefined && unread.size > 0) failures.push(trouble);
  return { servers, store, config, sharers, failures, ...(unreadable !== undefined && { unreadable }) };
}

/**
 * `config.server` for many stored sign-ins, without the name of an entry: a server that no entry has stands for itself, and
 * that is worked out once.
 */
function createServerLookup(config: Config): (record: CredentialRecord) => ConfiguredServer {
  let entries: ReadonlySet<string> | undefined;
  let unnamed: ConfiguredServer | undefined;
  return ({ server: identity, account }) => {
    entries ??= new Set(config.servers().flatMap((entry) => [entry.name, serverIdentity(entry.url)]));
    const url = identityUrl(identity);
    if (entries.has(identity)) {
      const { name: _, ...found } = config.server(identity);
      // An entry for the same URL that does without a sign-in has no part in this one.
      const settings = usesSignIn(found) ? found.settings : { url };
      return { ...found, settings: { ...settings, account } };
    }
    unnamed ??= config.server(identity);
    return { ...unnamed, settings: { ...unnamed.settings, url, account } };
  };
}

/** None where its keys contradict each other: what is wrong with one is said, and is no matter of the others. */
function usableServer(deps: Deps, config: Config, name: string): readonly ConfiguredServer[] {
  try {
    return [config.server(name)];
  } catch (thrown) {
    const { code, message } = asMcpassError(thrown);
    if (code !== 'config_invalid' && code !== 'usage') throw thrown;
    warn(deps, `${message.replace(/\.$/, '')}; ${plain(name)} is left out.`);
    return [];
  }
}

type Stored = Pick<Survey, 'records'> & Partial<Survey> & { readonly trouble?: McpassError };

const NOTHING_READ: Stored = { records: [] };

/** All records, or why the store as a whole cannot be read. */
async function readStored(store: OpenedStore): Promise<Stored> {
  try {
    return await store.survey();
  } catch (thrown) {
    const trouble = asMcpassError(thrown);
    if (trouble.code !== 'store_unreadable') throw thrown;
    return { records: [], trouble };
  }
}

function groupedBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A record may hold no more than a registered client. */
function isSignIn(record: CredentialRecord, nowMs: number): boolean {
  return record.grant !== undefined || livePending(record, nowMs) !== undefined;
}
