import type { Config } from '@mcpass/node/config';
import type { Paths } from '@mcpass/node/paths';
import { openStore, type AskPassphrase, type OpenedStore } from '@mcpass/node/stores';
import type { Deps } from '../deps.js';
import { warn } from '../terminal/warning.js';
import { openFleetStore } from './fleet-store.js';

export interface CredentialStoreOptions {
  /** Lines for the person while waiting; printed as they are when absent. */
  readonly say?: ((line: string) => void) | undefined;
  /** The store that is there, whatever the configuration says: for what must not fail because it says another. */
  readonly anyStore?: boolean | undefined;
  /** A credential may come of it: then nobody's is kept in plain files without a word. */
  readonly newCredential?: boolean | undefined;
}

/** The store that the configuration names. */
export function openCredentialStore(
  deps: Deps,
  config: Config,
  paths: Paths,
  { say = (line) => deps.io.say(line), anyStore = false, newCredential = false }: CredentialStoreOptions = {},
): OpenedStore {
  if (config.credentialsStore === 'postgres') return openFleetStore(deps);
  return openStore({
    choice: anyStore ? 'auto' : config.credentialsStore,
    paths,
    env: deps.env,
    askPassphrase: passphraseAsker(deps),
    agreeToPlain: newCredential ? (because) => agreeToPlain(because, deps) : undefined,
    onWait: (holder) => say(`Waiting for ${holder}, which is using this credential…`),
  });
}

/** Asks a person at the terminal; tells everybody else, and goes on. */
async function agreeToPlain(because: string, deps: Deps): Promise<boolean> {
  const { io } = deps;
  const what = `credentials are kept in plain files, readable only by you, because ${because}`;
  if (!io.canAsk || io.json) {
    if (!io.json) warn(deps, `${what}; mcpass config store passphrase seals them`);
    return true;
  }
  const { askYesOrNo } = await import('../terminal/yes-or-no.js');
  io.complain(`On this machine ${what}.`);
  return askYesOrNo('Keep them so?', deps);
}

/** Loads the question only when it is put: hardly any command does. */
export function passphraseAsker(deps: Deps): AskPassphrase | undefined {
  if (!deps.io.canAsk) return undefined;
  return async (question) => {
    const { askPassphrase } = await import('../terminal/passphrase-question.js');
    return askPassphrase(deps, question);
  };
}
