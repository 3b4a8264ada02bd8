import { plain, type SignOutReport } from '@mcpass/auth';
import { defineCommand, type Command } from '../command.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { asMcpassError, usageError } from '../failure.js';
import { knownServers } from '../known-servers.js';
import { withProgress } from '../progress.js';
import { openServer } from '../server-access.js';

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
      const report = await logOutOf(target.server, options.keepClient, target.deps);
      reports.push(report);
      if (!io.json) io.out(reportLine(report));
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
  readonly revocation: SignOutReport['revocation'];
  readonly detail?: string;
  readonly deleted: boolean;
}

export async function logOutOf(nameOrUrl: string, keepClient: boolean, deps: Deps): Promise<LogoutReport> {
  const { name, authorizer } = openServer(deps, nameOrUrl);
  const report = await withProgress(deps, `Logging out of ${plain(name)}`, () =>
    authorizer.signOut({ keepClient }),
  );
  return { name, ...report };
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

export function reportLine({ name, revocation, detail, deleted }: LogoutReport): string {
  const who = plain(name, 1_000);
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
