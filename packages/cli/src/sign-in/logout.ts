import {
  type CredentialRecord,
  plain,
  type RecordKey,
  type ServerSettings,
  type SignOutReport,
  type Store,
} from '@mcpass/auth';
import type { OpenedStore, DeletedRecord } from '@mcpass/node/stores';
import type { Deps } from '../deps.js';
import { asMcpassError, reworded } from '../failure.js';
import { withProgress } from '../terminal/progress.js';
import { forgetListingsOf } from '../completion/listing-notes.js';
import { openServer } from '../servers/server-access.js';
import { DEFAULT_ACCOUNT } from '../servers/server-state.js';
import { warn } from '../terminal/warning.js';

/** What a logout did for one credential; the JSON is this object. */
export interface LogoutReport {
  /** The file, where nobody can say whose credential it was. */
  readonly name: string;
  /** Only of an account with a label. */
  readonly account?: string;
  readonly revocation: SignOutReport['revocation'];
  readonly detail?: string;
  readonly deleted: boolean;
  /** Other accounts of the server, which have not been asked about. */
  readonly stillSignedIn?: readonly string[];
}

export interface Logout {
  readonly report: LogoutReport;
  /** Why it is still stored here, when it could not be deleted. */
  readonly failure?: unknown;
}

/** One stored credential, whichever the entry would find. */
export interface Departing {
  readonly stored?: RecordKey;
  /** Of one that no entry claims. */
  readonly settings?: ServerSettings | undefined;
}

/**
 * Deletes the credential of one server here, in whatever store it is and whether or not it can be read, then revokes it
 * at the server where that is possible.
 */
export async function logOutOf(
  nameOrUrl: string,
  keepClient: boolean,
  deps: Deps,
  { stored, settings }: Departing = {},
): Promise<Logout> {
  let left: LeavingStore | undefined;
  const { name, server, paths, authorizer } = openServer(deps, nameOrUrl, {
    disabled: true,
    stored,
    settings,
    anyStore: true,
    engineStore: (store) => (left = createLeavingStore(store, deps)),
  });
  const done = await withProgress(deps, `Logging out of ${plain(name)}`, () =>
    authorizer.signOut({ keepClient }),
  );
  const { trouble, deleted = done.deleted } = left?.taken() ?? {};
  const unread = trouble === undefined ? {} : { revocation: 'failed' as const, detail: trouble };
  const { account = DEFAULT_ACCOUNT, url } = server.settings;
  await forgetListingsOf(paths, url, stored?.account ?? account);
  return { report: { ...departing(name, account), ...done, ...unread, deleted }, failure: left?.failure() };
}

/** The same where one credential in the way must not keep the others signed in: what is thrown becomes the report's. */
export async function attempt(
  who: Pick<LogoutReport, 'name' | 'account'>,
  leave: () => Promise<Logout>,
  { signal }: Deps,
): Promise<Logout> {
  try {
    return await leave();
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const detail = asMcpassError(thrown).message;
    return { report: { ...who, revocation: 'failed', detail, deleted: false }, failure: thrown };
  }
}

/** Who leaves, for the report; the account without a label is not named. */
export function departing(name: string, account: string): Pick<LogoutReport, 'name' | 'account'> {
  return { name, ...(account === DEFAULT_ACCOUNT ? {} : { account }) };
}

type Change = Parameters<Store['update']>[1];

/** The store as a logout needs it: it deletes first and asks what that was then. */
interface LeavingStore extends Store {
  taken(): DeletedRecord | undefined;
  /** Why nothing could be deleted. */
  failure(): unknown;
}

function createLeavingStore(store: OpenedStore, deps: Deps): LeavingStore {
  let taken: DeletedRecord | undefined;
  let failure: unknown;

  /** Returns what is to be there afterwards. */
  const take = async (key: RecordKey, change: Change): ReturnType<Change> => {
    try {
      let next: CredentialRecord | undefined;
      taken = await store.take(key, async (record) => (next = await change(record)));
      return next;
    } catch (thrown) {
      if (asMcpassError(thrown).code !== 'store_unwritable') throw thrown;
      // It stays here; all the more should the server hear of it.
      const error = asMcpassError(thrown);
      failure = reworded(error, `The credential is still stored here: ${error.message}`);
      try {
        taken = { deleted: false };
        return await change(await store.read(key));
      } catch (unread) {
        taken = { deleted: false, trouble: asMcpassError(unread).message };
        return change(undefined);
      }
    }
  };

  return {
    kind: store.kind,
    location: store.location,
    // What cannot be read is deleted all the same.
    read: (key) => store.read(key).catch(() => undefined),
    list: () => store.list(),
    async update(key, change) {
      const next = await take(key, change);
      if (next === undefined || failure !== undefined || taken?.deleted === false) return next;
      // A registered client that is to be kept. Whoever signed in meanwhile has one.
      return store
        .update(key, (current) => Promise.resolve(current ?? next))
        .catch((thrown: unknown) => {
          warn(deps, `The registered client was not kept: ${asMcpassError(thrown).message}`);
          return undefined;
        });
    },
    taken: () => taken,
    failure: () => failure,
  };
}

/** Whose sign-in it is, for people. */
export function whoText({ name, account }: Pick<LogoutReport, 'name' | 'account'>): string {
  return `${plain(name, 1_000)}${account === undefined ? '' : ` (${plain(account)})`}`;
}

/** For people; what the error that ends the command says need not be said twice. */
export function reportLine(report: LogoutReport, failure?: unknown): string {
  const { revocation, detail, deleted } = report;
  const who = whoText(report);
  if (!deleted && revocation === 'nothing_to_revoke') return `${who}: not signed in`;
  const known = failure !== undefined && asMcpassError(failure).message === detail;
  const why = detail === undefined || known ? '' : ` (${plain(detail)})`;
  const words = `${REVOCATION_WORDS[revocation]}${why}`;
  return deleted ? `Logged out of ${who}: deleted here, ${words}` : `${who}: not deleted here; ${words}`;
}

const REVOCATION_WORDS: Readonly<Record<SignOutReport['revocation'], string>> = {
  revoked: 'revoked at the server',
  not_offered: 'not revoked, because the server offers no way to',
  failed: 'not revoked, because that failed',
  nothing_to_revoke: 'there was nothing to revoke',
};
