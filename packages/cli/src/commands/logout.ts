import { plain, serverIdentity, type SignOutReport } from '@mcpass/auth';
import { defineCommand, type Command } from '../command.js';
import { readConfiguration } from '../configuration.js';
import { openCredentialStore } from '../credential-store.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { accountWords, asMcpassError, usageError } from '../failure.js';
import { knownServers } from '../known-servers.js';
import { withProgress } from '../progress.js';
import { openServer, type ServerAccess } from '../server-access.js';
import { DEFAULT_ACCOUNT } from '../server-state.js';
import { shellLine } from '../shell-word.js';

export interface LogoutOptions {
  readonly server?: string;
  readonly all: boolean;
  readonly keepClient: boolean;
}

export const logout: Command = defineCommand<LogoutOptions>({
  name: 'logout',
  summary: 'revoke a sign-in and forget it',
  about: ['Revokes at the server when it can, deletes here in any case, and says which of the two happened.'],
  examples: [{ line: 'mcpass logout linear' }, { line: 'mcpass logout --all' }],
  arguments: [{ name: 'server', summary: 'a configured name or a URL', optional: true, completes: 'server' }],
  options: [
    { flags: '--all', summary: 'every server' },
    { flags: '--keep-client', summary: 'keep the registered client for the next sign-in' },
  ],
  parse(input) {
    const server = input.argument('server');
    const all = input.flag('all');
    if (server === undefined && !all) throw usageError('logout needs SERVER, or --all.');
    if (server !== undefined && all) throw usageError('logout takes SERVER or --all, not both.');
    return { ...(server === undefined ? {} : { server }), all, keepClient: input.flag('keep-client') };
  },
  run,
});

async function run(options: LogoutOptions, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const targets = options.server === undefined ? await signedIn(deps) : [{ server: options.server, deps }];
  const reports: LogoutReport[] = [];
  let failure: unknown;
  for (const target of targets) {
    try {
      const remaining =
        options.all || deps.globals.account !== undefined ? [] : await otherAccounts(target.server, deps);
      const report = await logOutOf(target.server, options.keepClient, target.deps);
      reports.push(remaining.length === 0 ? report : { ...report, stillSignedIn: remaining });
      if (io.json) continue;
      io.out(reportLine(report));
      for (const account of remaining) {
        io.say(
          `Still signed in as "${plain(account)}":  ${shellLine('mcpass', 'logout', target.server, ...accountWords(account))}`,
        );
      }
    } catch (thrown) {
      // One server in the way must not keep the others signed in.
      if (!options.all) throw thrown;
      failure ??= thrown;
      io.complain(`${plain(target.server)}: ${asMcpassError(thrown).message}`);
    }
  }
  if (io.json) io.outJson({ servers: reports });
  else if (targets.length === 0) io.say('Nobody is signed in.');
  if (failure !== undefined) throw failure;
  return 0;
}

export interface LogoutReport {
  readonly name: string;
  /** Only of an account with a label. */
  readonly account?: string;
  readonly revocation: SignOutReport['revocation'];
  readonly detail?: string;
  readonly deleted: boolean;
  /** Other accounts of the server, which have not been asked about. */
  readonly stillSignedIn?: readonly string[];
}

export async function logOutOf(nameOrUrl: string, keepClient: boolean, deps: Deps): Promise<LogoutReport> {
  const access = openServer(deps, nameOrUrl, { disabled: true });
  const { name, server, authorizer } = access;
  const report = await withProgress(deps, `Logging out of ${plain(name)}`, () =>
    authorizer.signOut({ keepClient }).catch((thrown: unknown) => forgetUnread(thrown, access)),
  );
  const { account = DEFAULT_ACCOUNT } = server.settings;
  return { name, ...(account === DEFAULT_ACCOUNT ? {} : { account }), ...report };
}

/** Without its keyring or passphrase a credential can still be deleted; only the server does not hear of it. */
async function forgetUnread(thrown: unknown, { server, store }: ServerAccess): Promise<SignOutReport> {
  const error = asMcpassError(thrown);
  if (error.code !== 'store_unreadable') throw thrown;
  const { url, account = DEFAULT_ACCOUNT } = server.settings;
  const deleted = await store.forget({ server: serverIdentity(url), account });
  return { revocation: deleted ? 'failed' : 'nothing_to_revoke', detail: error.message, deleted };
}

/** The accounts of a server with something stored, beside the one that this command is about. */
export async function otherAccounts(nameOrUrl: string, deps: Deps): Promise<readonly string[]> {
  const { config, paths } = readConfiguration({ ...deps, io: { ...deps.io, say: () => undefined } });
  const { settings } = config.server(nameOrUrl);
  const own = deps.globals.account ?? DEFAULT_ACCOUNT;
  const identity = serverIdentity(settings.url);
  const stored = await openCredentialStore(deps, config, paths)
    .list()
    .catch((thrown: unknown) => {
      // Nobody can say without the keyring or the passphrase, and the one account can go all the same.
      if (asMcpassError(thrown).code === 'store_unreadable') return [];
      throw thrown;
    });
  return stored
    .filter(({ server, account, grant }) => server === identity && account !== own && grant !== undefined)
    .map(({ account }) => account)
    .toSorted();
}

/** Every server and account with something stored. */
async function signedIn(deps: Deps): Promise<{ readonly server: string; readonly deps: Deps }[]> {
  const { servers } = await knownServers(deps);
  return servers
    .filter(({ record }) => record !== undefined)
    .map(({ server }) => {
      const { account } = server.settings;
      const globals = account === undefined ? deps.globals : { ...deps.globals, account };
      return { server: server.name ?? server.settings.url, deps: { ...deps, globals } };
    });
}

export function reportLine({ name, account, revocation, detail, deleted }: LogoutReport): string {
  const who = `${plain(name, 1_000)}${account === undefined ? '' : ` (${plain(account)})`}`;
  if (!deleted) return `${who}: not signed in`;
  const why = detail === undefined ? '' : ` (${plain(detail)})`;
  return `Logged out of ${who}: deleted here, ${REVOCATION_WORDS[revocation]}${why}`;
}

const REVOCATION_WORDS: Readonly<Record<SignOutReport['revocation'], string>> = {
  revoked: 'revoked at the server',
  not_offered: 'not revoked, because the server offers no way to',
  failed: 'not revoked, because that failed',
  nothing_to_revoke: 'there was nothing to revoke',
};
