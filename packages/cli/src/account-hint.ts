import { McpassError, serverIdentity } from '@mcpass/auth';
import { readConfiguration } from './configuration.js';
import { openCredentialStore } from './credential-store.js';
import type { Deps } from './deps.js';
import { shellLine } from './shell-word.js';
import { DEFAULT_ACCOUNT } from './server-state.js';

/**
 * Names the accounts of a server that are signed in, to somebody who asked for one that is not. Only an explanation: where
 * it cannot be had, the error stays as it is.
 */
export async function nameOtherAccounts(
  error: McpassError,
  server: string,
  deps: Deps,
): Promise<McpassError> {
  try {
    const accounts = await signedInAccounts(server, deps);
    const hint = accountHint(accounts, deps.globals.account ?? DEFAULT_ACCOUNT);
    if (hint === undefined) return error;
    const { code, message, step, fault, remedy, facts } = error;
    const details = { step, fault, facts, cause: error, ...(remedy !== undefined && { remedy }) };
    return new McpassError(code, `${message} ${hint}`, details);
  } catch {
    return error;
  }
}

/** Pure: a sentence that goes on after "There is no sign-in." */
function accountHint(accounts: readonly string[], own: string): string | undefined {
  if (accounts.length === 0 || accounts.includes(own)) return undefined;
  const ways = accounts.map((account) =>
    account === DEFAULT_ACCOUNT ? 'without --account' : `with ${shellLine('--account', account)}`,
  );
  return `There is one ${ways.slice(0, 5).join(', or ')}.`;
}

async function signedInAccounts(nameOrUrl: string, deps: Deps): Promise<readonly string[]> {
  // Everything has been said, and nobody is asked anything: the command is over.
  const quiet: Deps = { ...deps, io: { ...deps.io, canAsk: false, say: () => undefined } };
  const { config, paths } = readConfiguration(quiet);
  const identity = serverIdentity(config.server(nameOrUrl).settings.url);
  const stored = await openCredentialStore(quiet, config, paths).list();
  return stored
    .filter(({ server, grant }) => server === identity && grant !== undefined)
    .map(({ account }) => account)
    .toSorted();
}
