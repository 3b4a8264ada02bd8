import {
  type CredentialRecord,
  fitsEntry,
  keyText,
  placesOf,
  recordKeyOf,
  type ServerSettings,
} from '@mcpass/auth';
import type { Config, ConfiguredServer } from '@mcpass/node/config';
import type { Deps } from '../deps.js';
import { withAccount } from './server-access.js';
import { usesSignIn } from './server-state.js';

export interface EntryKey {
  readonly name: string;
  /** As text: equal for entries that use the same credential. */
  readonly key: string;
}

/** Stored credentials by their keys as text. */
export type StoredByKey = ReadonlyMap<string, CredentialRecord>;

export function byKey(records: readonly CredentialRecord[]): StoredByKey {
  return new Map(records.map((record) => [keyText(record), record]));
}

/** The key of the credential that an entry uses of these, or would make, as text. */
export function usedKey(settings: ServerSettings, stored: StoredByKey): string {
  const used = placesOf(settings)
    .map(keyText)
    .find((place) => {
      const record = stored.get(place);
      return record !== undefined && fitsEntry(record, settings);
    });
  return used ?? keyText(recordKeyOf(settings));
}

/** Which credential each configured entry uses, of those that sign in. */
export function entryKeys(config: Config, stored: StoredByKey, deps: Deps): readonly EntryKey[] {
  return signingEntries(config).map((entry) => {
    const { name = '', settings } = withAccount(entry, deps);
    return { name, key: usedKey(settings, stored) };
  });
}

/** The entries that sign in. One that cannot be used is none: it is complained about where somebody asks for it. */
export function signingEntries(config: Config): readonly ConfiguredServer[] {
  return config.servers().flatMap(({ name }) => {
    try {
      const server = config.server(name);
      return usesSignIn(server) ? [server] : [];
    } catch {
      return [];
    }
  });
}
