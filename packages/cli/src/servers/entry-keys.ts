import { keyText, recordKeyOf } from '@mcpass/auth';
import type { Config, ConfiguredServer } from '@mcpass/node/config';
import type { Deps } from '../deps.js';
import { withAccount } from './server-access.js';
import { usesSignIn } from './server-state.js';

export interface EntryKey {
  readonly name: string;
  /** As text: equal for entries that use the same credential. */
  readonly key: string;
}

/** Which credential each configured entry uses, of those that sign in. */
export function entryKeys(config: Config, deps: Deps): readonly EntryKey[] {
  return signingEntries(config).map((entry) => {
    const { name = '', settings } = withAccount(entry, deps);
    return { name, key: keyText(recordKeyOf(settings)) };
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
