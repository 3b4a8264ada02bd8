import { plain } from '@mcpass/auth';
import { checkAccount } from '../servers/account-check.js';
import { defineCommand, type Command } from '../command.js';
import { attempt, type Logout, logOutOf, type LogoutReport, reportLine } from '../sign-in/logout.js';
import { everyTarget, type Targets } from '../sign-in/logout-targets.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { nextCommand } from '../terminal/next-command.js';
import { whole } from '../terminal/wrap.js';
import { otherAccounts } from '../servers/signed-in-accounts.js';

export interface LogoutOptions {
  readonly server?: string;
  readonly all: boolean;
  readonly keepClient: boolean;
}

export const logout: Command = defineCommand<LogoutOptions>({
  name: 'logout',
  summary: 'revoke a sign-in and forget it',
  about: [
    'Revokes at the server when it can, deletes here in any case, and says which of the two happened.',
    'Deletes in every store, what was set aside too. Needs neither keyring nor passphrase: then nothing can be revoked.',
  ],
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
  const { server, keepClient } = options;
  await checkAccount(server, deps, { anyStore: true });
  const { targets, strangers }: Targets =
    server === undefined
      ? await everyTarget(keepClient, deps)
      : {
          targets: [{ who: { name: server }, leave: () => leaveOne(server, keepClient, deps) }],
          strangers: 0,
        };
  const reports: LogoutReport[] = [];
  let failure: unknown;
  for (const target of targets) {
    const outcome = options.all ? await attempt(target.who, target.leave, deps) : await target.leave();
    reports.push(outcome.report);
    failure ??= outcome.failure;
    if (!io.json) sayReport(target.who.name, outcome.report, failure, deps);
  }
  if (io.json) io.outJson({ servers: reports, ...(strangers > 0 && { leftAlone: strangers }) });
  else if (targets.length === 0 && strangers === 0) io.say('Nobody is signed in.');
  if (!io.json && strangers > 0)
    io.complain(`Left alone: ${strangers} that cannot be read, of whichever account.`);
  if (failure !== undefined) throw failure;
  return 0;
}

function sayReport(name: string, report: LogoutReport, failure: unknown, { io, globals }: Deps): void {
  io.out(reportLine(report, failure));
  for (const account of report.stillSignedIn ?? []) {
    const command = nextCommand({ ...globals, account }, 'logout', name);
    io.say(`Still signed in as "${plain(account)}":  ${whole(command)}`);
  }
}

async function leaveOne(server: string, keepClient: boolean, deps: Deps): Promise<Logout> {
  const outcome = await logOutOf(server, keepClient, deps);
  // Afterwards: it means a look at every record, and nothing of that may be in the way.
  const remaining = deps.globals.account === undefined ? await remainingAccounts(server, deps) : [];
  if (remaining.length === 0) return outcome;
  return { ...outcome, report: { ...outcome.report, stillSignedIn: remaining } };
}

/** Nobody can say without the keyring or the passphrase, and the one account has gone all the same. */
async function remainingAccounts(server: string, deps: Deps): Promise<readonly string[]> {
  try {
    return await otherAccounts(server, deps);
  } catch {
    return [];
  }
}
