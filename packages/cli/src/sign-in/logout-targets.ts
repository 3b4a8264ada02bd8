import {
  type CredentialRecord,
  fitsEntry,
  keyText,
  recordKeyOf,
  recordName,
  serverIdentity,
  type ServerSettings,
  wouldMake,
} from '@mcpass/auth';
import type { Config } from '@mcpass/node/config';
import type { KeptFile, OpenedStore } from '@mcpass/node/stores';
import { readConfiguration } from '../servers/configuration.js';
import { openCredentialStore } from '../servers/credential-store.js';
import { byKey, signingEntries, usedKey } from '../servers/entry-keys.js';
import type { Deps } from '../deps.js';
import { asMcpassError } from '../failure.js';
import { DEFAULT_ACCOUNT } from '../servers/server-state.js';
import { departing, type Logout, logOutOf, type LogoutReport } from './logout.js';

/** One credential to log out of. */
export interface Target {
  readonly who: Pick<LogoutReport, 'name' | 'account'>;
  leave(): Promise<Logout>;
}

export interface Targets {
  readonly targets: readonly Target[];
  /** How many are left alone, because one account is meant and nobody can say whose they are. */
  readonly strangers: number;
}

/** Every credential in any store, whether or not anybody can read it. */
export async function everyTarget(keepClient: boolean, deps: Deps): Promise<Targets> {
  const { globals } = deps;
  const { config, paths } = readConfiguration(deps);
  const store = openCredentialStore(deps, config, paths, { anyStore: true });
  const kept = new Map((await store.kept()).toReversed().map((file) => [file.name, file]));
  const { records, trouble, reasons } = await readAll(store, kept.size > 0);
  const owners = await ownersOf(records, config, globals.account);
  const targets: Target[] = [];
  for (const [name, { server, account, record, settings }] of owners) {
    const one = record === undefined ? {} : { stored: record, settings };
    const file = kept.get(name);
    if (file === undefined || (globals.account ?? account) !== account) continue;
    // A client that is kept is no sign-in.
    if (keepClient && record !== undefined && record.grant === undefined && record.pending === undefined)
      continue;
    const own = { ...deps, globals: { ...globals, account } };
    const who = departing(server, account);
    targets.push({
      who,
      leave: () =>
        trouble === undefined
          ? logOutOf(server, keepClient, own, one)
          : discard(file, { ...who, detail: trouble }, store),
    });
  }
  const strangers = [...kept.values()].filter(({ name }) => !owners.has(name));
  if (globals.account !== undefined) return { targets, strangers: strangers.length };
  for (const file of strangers) {
    const detail = trouble ?? `The credential cannot be read: ${reasons.get(file.file) ?? 'it is damaged'}.`;
    const who = { name: file.file };
    targets.push({ who, leave: () => discard(file, { ...who, detail }, store) });
  }
  return { targets, strangers: 0 };
}

/** The same where the configuration says nothing, for the reason of `trouble`: nothing can be revoked then. */
export async function everyFile(store: OpenedStore, trouble: string): Promise<readonly Target[]> {
  return (await store.kept()).map((file) => {
    const who = { name: file.file };
    return { who, leave: () => discard(file, { ...who, detail: trouble }, store) };
  });
}

interface ReadAll {
  readonly records: readonly CredentialRecord[];
  /** Why none can be read. */
  readonly trouble?: string;
  /** Why one cannot be read, by its file. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** What cannot be read is deleted all the same; throws `store_unreadable` where there is nothing to delete either. */
async function readAll(store: OpenedStore, hasFiles: boolean): Promise<ReadAll> {
  try {
    const { records, unreadable } = await store.survey();
    return { records, reasons: new Map(unreadable.map(({ file, reason }) => [file, reason])) };
  } catch (thrown) {
    const { code, message } = asMcpassError(thrown);
    if (code !== 'store_unreadable' || !hasFiles) throw thrown;
    return { records: [], trouble: message, reasons: new Map() };
  }
}

interface Owner {
  /** As a person names it: configured, else a URL. */
  readonly server: string;
  readonly account: string;
  readonly record?: CredentialRecord;
  /** Of a credential that no entry claims. */
  readonly settings?: ServerSettings;
}

/** Whose the credentials are, by the names of their keys: of the configured servers also where nothing can be read. */
async function ownersOf(
  records: readonly CredentialRecord[],
  config: Config,
  wanted: string | undefined,
): Promise<ReadonlyMap<string, Owner>> {
  const owners = new Map<string, Owner>();
  const servers = signingEntries(config);
  for (const { name: server = '', settings } of servers) {
    const account = wanted ?? settings.account ?? DEFAULT_ACCOUNT;
    const name = await recordName(recordKeyOf({ ...settings, account }));
    if (!owners.has(name)) owners.set(name, { server, account });
  }
  const stored = byKey(records);
  for (const record of records) {
    const { server: url, account } = record;
    const name = await recordName(record);
    const key = keyText(record);
    const fitting =
      servers.find(({ settings }) => usedKey(settings, stored) === key) ??
      servers.find(({ settings }) => isOf(record, { ...settings, account }));
    const server = fitting?.name ?? url;
    owners.set(name, {
      server,
      account,
      record,
      ...(fitting === undefined && { settings: { url, account } }),
    });
  }
  return owners;
}

/** For an entry whose account it is not, and where it has another one by now: it knows the secret of the client. */
function isOf(record: CredentialRecord, settings: ServerSettings): boolean {
  if (fitsEntry(record, settings)) return true;
  const { server, grant } = record;
  return server === serverIdentity(settings.url) && grant !== undefined && wouldMake(settings, grant);
}

/** Without its key a credential can still be deleted; only the server does not hear of it. */
async function discard(
  { name }: KeptFile,
  who: Pick<LogoutReport, 'name' | 'account' | 'detail'>,
  store: OpenedStore,
): Promise<Logout> {
  return { report: { ...who, revocation: 'failed', deleted: await store.discard(name) } };
}
