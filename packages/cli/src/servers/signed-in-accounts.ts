import { type CredentialRecord, keyText, type ServerSettings } from '@mcpass/auth';
import type { Config } from '@mcpass/node/config';
import { rereadConfiguration } from './configuration.js';
import { type CredentialStoreOptions, openCredentialStore } from './credential-store.js';
import type { Deps } from '../deps.js';
import { byKey, signingEntries, type StoredByKey, usedKey } from './entry-keys.js';
import { DEFAULT_ACCOUNT, livePending } from './server-state.js';

export interface SignedInAccounts {
  /** In a fixed order. */
  readonly accounts: readonly string[];
  /** Those that a sign-in was begun for, and can still be finished. */
  readonly begun: readonly string[];
  /** The one that this command is about, signed in or not. */
  readonly own: string;
  /** Those that an entry names: they are its own, and none of another one. */
  readonly named: readonly string[];
}

/**
 * The accounts of a server, or of all, that are signed in; none where there are more than `atMost` files to look into.
 * Throws `store_unreadable` where nobody can say, and `config_invalid`.
 */
export async function signedInAccounts(
  nameOrUrl: string | undefined,
  deps: Deps,
  options: CredentialStoreOptions & { readonly atMost?: number } = {},
): Promise<SignedInAccounts> {
  const { config, paths } = rereadConfiguration(deps);
  const settings = nameOrUrl === undefined ? undefined : config.server(nameOrUrl).settings;
  const store = openCredentialStore(deps, config, paths, options);
  const { atMost = Infinity } = options;
  const stored = atMost < Infinity && (await store.kept()).length > atMost ? [] : await store.list();
  const known = byKey(stored);
  const own = stored.filter((record) => {
    const { account } = record;
    return settings === undefined || usedKey({ ...settings, account }, known) === keyText(record);
  });
  const nowMs = Date.now();
  return {
    accounts: accountsOf(own.filter(({ grant }) => grant !== undefined)),
    begun: accountsOf(own.filter((record) => livePending(record, nowMs) !== undefined)),
    own: deps.globals.account ?? settings?.account ?? DEFAULT_ACCOUNT,
    named: namedAccounts(config, settings, known),
  };
}

function accountsOf(records: readonly CredentialRecord[]): readonly string[] {
  return records.map(({ account }) => account).toSorted();
}

function namedAccounts(
  config: Config,
  settings: ServerSettings | undefined,
  known: StoredByKey,
): readonly string[] {
  return signingEntries(config).flatMap((entry) => {
    const { account } = entry.settings;
    if (account === undefined) return [];
    if (settings === undefined) return [account];
    const own = usedKey({ ...settings, account }, known);
    return usedKey(entry.settings, known) === own ? [account] : [];
  });
}

/** Those beside the one that this command is about, in whatever store they are. Throws as above. */
export async function otherAccounts(nameOrUrl: string, deps: Deps): Promise<readonly string[]> {
  const { accounts, own, named } = await signedInAccounts(nameOrUrl, deps, { anyStore: true });
  // An entry with an account of its own has no others.
  if (named.includes(own) && deps.globals.account === undefined) return [];
  return accounts.filter((account) => account !== own && !named.includes(account));
}
