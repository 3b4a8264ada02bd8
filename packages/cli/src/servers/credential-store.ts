import type { Config } from '@mcpass/node/config';
import type { Paths } from '@mcpass/node/paths';
import { openStore, type AskPassphrase, type OpenedStore } from '@mcpass/node/stores';
import type { Deps } from '../deps.js';

export interface CredentialStoreOptions {
  /** Lines for the person while waiting; printed as they are when absent. */
  readonly say?: ((line: string) => void) | undefined;
  /** The store that is there, whatever the configuration says: for what must not fail because it says another. */
  readonly anyStore?: boolean | undefined;
}

/** The store that the configuration names. */
export function openCredentialStore(
  deps: Deps,
  config: Config,
  paths: Paths,
  { say = (line) => deps.io.say(line), anyStore = false }: CredentialStoreOptions = {},
): OpenedStore {
  return openStore({
    choice: anyStore ? 'auto' : config.credentialsStore,
    paths,
    env: deps.env,
    askPassphrase: passphraseAsker(deps),
    onWait: (holder) => say(`Waiting for ${holder}, which is using this credential…`),
  });
}

/** Loads the question only when it is put: hardly any command does. */
export function passphraseAsker(deps: Deps): AskPassphrase | undefined {
  if (!deps.io.canAsk) return undefined;
  return async (question) => {
    const { askPassphrase } = await import('../terminal/passphrase-question.js');
    return askPassphrase(deps, question);
  };
}
