import type { Config } from '@mcpass/node/config';
import type { Paths } from '@mcpass/node/paths';
import { openStore, type AskPassphrase, type OpenedStore } from '@mcpass/node/stores';
import type { Deps } from './deps.js';

/** The store that the configuration names. */
export function openCredentialStore(
  deps: Deps,
  config: Config,
  paths: Paths,
  say: (line: string) => void = (line) => deps.io.say(line),
): OpenedStore {
  return openStore({
    choice: config.credentialsStore,
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
    const { askPassphrase } = await import('./passphrase-question.js');
    return askPassphrase(deps, question);
  };
}
