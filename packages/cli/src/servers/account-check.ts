import { didYouMean, type McpassError, placesOf, plain, recordName } from '@mcpass/auth';
import { accountWords } from './account-label.js';
import { rereadConfiguration } from './configuration.js';
import { type CredentialStoreOptions, openCredentialStore } from './credential-store.js';
import { type Deps, silent } from '../deps.js';
import { reworded, usageError } from '../failure.js';
import { DEFAULT_ACCOUNT, usesSignIn } from './server-state.js';
import { signInCommand } from '../terminal/next-command.js';
import { shellLine } from '../terminal/shell-word.js';
import { type SignedInAccounts, signedInAccounts } from './signed-in-accounts.js';

/* An account that nobody has is a slip of the pen, and no sign-in that is missing: whoever names one hears which there are. */

/** A hint is not worth a look into more of them: an error should come at once. */
const FILES_READ = 200;

/**
 * For a command that works on a sign-in and would not notice that there is none; without a server, for one that works on
 * all. Throws `usage` where `--account` names an account that nobody has, and somebody has another one.
 */
export async function checkAccount(
  server: string | undefined,
  deps: Deps,
  options: CredentialStoreOptions = {},
): Promise<void> {
  if (deps.globals.account === undefined) return;
  const mistake = await unlessUnknown(async () =>
    (await mayBeRight(server, deps, options)) ? undefined : accountMistake(server, deps, options),
  );
  if (mistake !== undefined) throw mistake;
}

/** What a command says that found no sign-in: another account was meant, or might have been. */
export async function explainMissing(error: McpassError, server: string, deps: Deps): Promise<McpassError> {
  const better = await unlessUnknown(async () => {
    if (deps.globals.account !== undefined) return accountMistake(server, deps);
    const hint = otherWays(await signedInAccounts(server, silent(deps), { atMost: FILES_READ }));
    return hint === undefined ? undefined : reworded(error, `${error.message} ${hint}`);
  });
  return better ?? error;
}

/** What a sign-in says that makes an account beside others. */
export async function sayNewAccount(server: string, deps: Deps): Promise<void> {
  if (deps.globals.account === undefined) return;
  const found = await unlessUnknown(() => signedInAccounts(server, silent(deps), { atMost: FILES_READ }));
  if (found !== undefined && isNew(found)) {
    deps.io.say(`A new account. ${absence(server, found)} ${others(found)}`);
  }
}

async function accountMistake(
  server: string | undefined,
  deps: Deps,
  options: CredentialStoreOptions = {},
): Promise<McpassError | undefined> {
  const found = await signedInAccounts(server, silent(deps), options);
  if (!isNew(found)) return undefined;
  // Whoever signs out, in whatever store it is, wants none made.
  const leaves = server === undefined || options.anyStore === true;
  const anew = leaves
    ? ''
    : ` To make that one:  ${signInCommand({ ...deps.globals, account: found.own }, server)}`;
  return usageError(absence(server, found), { do: 'say', text: `${others(found)}${anew}` });
}

/** Pure. Where nobody has signed in at all there is nothing to mistake it for. */
function isNew({ accounts, begun, named, own }: SignedInAccounts): boolean {
  return accounts.length > 0 && ![...accounts, ...begun, ...named].includes(own);
}

function absence(server: string | undefined, { accounts, own }: SignedInAccounts): string {
  const where = server === undefined ? '' : ` to ${plain(server, 1_000)}`;
  const meant = didYouMean(
    own,
    accounts.map((account) => plain(account)),
  );
  return `Nobody has signed in${where} as "${plain(own)}".${meant}`;
}

function others({ accounts }: SignedInAccounts): string {
  const names = [...new Set(accounts)].slice(0, 10).map((account) => plain(account));
  return `The accounts there are: ${names.join(', ')}.`;
}

/** Pure: a sentence that goes on after "There is no sign-in." */
function otherWays({ accounts, own }: SignedInAccounts): string | undefined {
  if (accounts.length === 0 || accounts.includes(own)) return undefined;
  const ways = accounts.map((account) =>
    account === DEFAULT_ACCOUNT ? 'without --account' : `with ${shellLine(...accountWords(account))}`,
  );
  return `There is one ${ways.slice(0, 5).join(', or ')}.`;
}

/** Going by the name of its file, which needs no key: what is in that is for the command to say. */
async function mayBeRight(
  server: string | undefined,
  deps: Deps,
  options: CredentialStoreOptions,
): Promise<boolean> {
  if (server === undefined) return false;
  const { config, paths } = rereadConfiguration(deps);
  const found = config.server(server);
  // Another account makes no difference there.
  if (!usesSignIn(found)) return true;
  const { account } = deps.globals;
  const places = placesOf({ ...found.settings, ...(account !== undefined && { account }) });
  const names = await Promise.all(places.map(recordName));
  const kept = await openCredentialStore(deps, config, paths, options).kept();
  return kept.some(({ name }) => names.includes(name));
}

/** Where it cannot be known, the command goes on and says itself what is wrong. */
async function unlessUnknown<T>(find: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await find();
  } catch {
    return undefined;
  }
}
