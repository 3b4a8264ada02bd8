import type { McpassError } from '@mcpass/auth';
import { accountWords } from './account-label.js';
import type { Deps } from '../deps.js';
import { reworded } from '../failure.js';
import { DEFAULT_ACCOUNT } from './server-state.js';
import { shellLine } from '../terminal/shell-word.js';
import { type SignedInAccounts, signedInAccounts } from './signed-in-accounts.js';

/** An error is not worth a look into more of them: it should come at once. */
const FILES_READ = 200;

/**
 * Names the accounts of a server that are signed in, to somebody who asked for one that is not. Only an explanation: where
 * it cannot be had, the error stays as it is.
 */
export async function nameOtherAccounts(
  error: McpassError,
  server: string,
  deps: Deps,
): Promise<McpassError> {
  // Everything has been said, and nobody is asked anything: the command is over.
  const quiet: Deps = { ...deps, io: { ...deps.io, canAsk: false, say: () => undefined } };
  try {
    const hint = accountHint(await signedInAccounts(server, quiet, { atMost: FILES_READ }));
    return hint === undefined ? error : reworded(error, `${error.message} ${hint}`);
  } catch {
    return error;
  }
}

/** Pure: a sentence that goes on after "There is no sign-in." */
function accountHint({ accounts, own }: SignedInAccounts): string | undefined {
  if (accounts.length === 0 || accounts.includes(own)) return undefined;
  const ways = accounts.map((account) =>
    account === DEFAULT_ACCOUNT ? 'without --account' : `with ${shellLine(...accountWords(account))}`,
  );
  return `There is one ${ways.slice(0, 5).join(', or ')}.`;
}
