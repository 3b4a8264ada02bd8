import { keyText } from '@mcpass/auth';
import { rereadConfiguration } from './configuration.js';
import { type CredentialStoreOptions, openCredentialStore } from './credential-store.js';
import type { Deps } from '../deps.js';
import { byKey, signingEntries, usedKey } from './entry-keys.js';
import { DEFAULT_ACCOUNT } from './server-state.js';

export interface SignedInAccounts {
  /** In a fixed order. */
  readonly accounts: readonly string[];
  /** The one that this command is about, signed in or not. */
  readonly own: string;
  /** Those that an entry names: they are its own, and none of another one. */
  readonly named: readonly string[];
}

/**
 * The accounts of a server that are signed in; none where there are more than `atMost` files to look into. Throws
 * `store_unreadable` where nobody can say, and `config_invalid`.
 */
export async function signedInAccounts(
  nameOrUrl: string,
  deps: Deps,
  options: CredentialStoreOptions & { readonly atMost?: number } = {},
): Promise<SignedInAccounts> {
  const { config, paths } = rereadConfiguration(deps);
  const { settings } = config.server(nameOrUrl);
  const store = openCredentialStore(deps, config, paths, options);
  const { atMost = Infinity } = options;
  const stored = atMost < Infinity && (await store.kept()).length > atMost ? [] : await store.list();
  const known = byKey(stored);
  return {
    accounts: stored
      .filter((record) => {
        const { account, grant } = record;
        return grant !== undefined && usedKey({ ...settings, account }, known) === keyText(record);
      })
      .map(({ account }) => account)
      .toSorted(),
    own: deps.globals.account ?? settings.account ?? DEFAULT_ACCOUNT,
    named: signingEntries(config).flatMap((entry) => {
      const { account } = entry.settings;
      if (account === undefined) return [];
      const own = usedKey({ ...settings, account }, known);
      return usedKey(entry.settings, known) === own ? [account] : [];
    }),
  };
}

/** Those beside the one that this command is about, in whatever store they are. Throws as above. */
export async function otherAccounts(nameOrUrl: string, deps: Deps): Promise<readonly string[]> {
  const { accounts, own, named } = await signedInAccounts(nameOrUrl, deps, { anyStore: true });
  // An entry with an account of its own has no others.
  if (named.includes(own) && deps.globals.account === undefined) return [];
  return accounts.filter((account) => account !== own && !named.includes(account));
}
