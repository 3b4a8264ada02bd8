import {
  type CredentialRecord,
  fitsEntry,
  keyText,
  plain,
  recordKeyOf,
  recordName,
  serverIdentity,
  type ServerSettings,
  wouldMake,
} from '@mcpass/auth';
import type { Config } from '@mcpass/node/config';
import type { KeptFile, OpenedStore } from '@mcpass/node/stores';
import { checkAccount } from '../servers/account-check.js';
import { defineCommand, type Command } from '../command.js';
import { readConfiguration } from '../servers/configuration.js';
import { openCredentialStore } from '../servers/credential-store.js';
import { byKey, signingEntries, usedKey } from '../servers/entry-keys.js';
import {
  attempt,
  departing,
  type Logout,
  logOutOf,
  type LogoutReport,
  reportLine,
} from '../sign-in/logout.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { asMcpassError, usageError } from '../failure.js';
import { DEFAULT_ACCOUNT } from '../servers/server-state.js';
import { nextCommand } from '../terminal/next-command.js';
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

/** One credential to log out of. */
interface Target {
  readonly who: Pick<LogoutReport, 'name' | 'account'>;
  leave(): Promise<Logout>;
}

interface Targets {
  readonly targets: readonly Target[];
  /** How many are left alone, because one account is meant and nobody can say whose they are. */
  readonly strangers: number;
}

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
    io.say(`Still signed in as "${plain(account)}":  ${command}`);
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

/** Every credential in any store, whether or not anybody can read it. */
async function everyTarget(keepClient: boolean, deps: Deps): Promise<Targets> {
  const { globals } = deps;
  const { config, paths } = readConfiguration(deps);
  const store = openCredentialStore(deps, config, paths, { anyStore: true });
  const kept = new Map((await store.kept()).toReversed().map((file) => [file.name, file]));
  const { records, trouble, reasons } = await readAll(store);
  const owners = await ownersOf(records, config, globals.account);
  const targets: Target[] = [];
  for (const [name, { server, account, record, settings }] of owners) {
    const one = record === undefined ? {} : { stored: record, settings };
    const file = kept.get(name);
    if (file === undefined || (globals.account ?? account) !== account) continue;
    // A client that is kept is no sign-in.
    if (keepClient && record !== undefined && record.grant === undefined && record.pending === undefined)
      continue;
    const own = { ...deps, globals: { ...globals, account } };
    const who = departing(server, account);
    targets.push({
      who,
      leave: () =>
        trouble === undefined
          ? logOutOf(server, keepClient, own, one)
          : discard(file, { ...who, detail: trouble }, store),
    });
  }
  const strangers = [...kept.values()].filter(({ name }) => !owners.has(name));
  if (globals.account !== undefined) return { targets, strangers: strangers.length };
  for (const file of strangers) {
    const detail = trouble ?? `The credential cannot be read: ${reasons.get(file.file) ?? 'it is damaged'}.`;
    const who = { name: file.file };
    targets.push({ who, leave: () => discard(file, { ...who, detail }, store) });
  }
  return { targets, strangers: 0 };
}

interface ReadAll {
  readonly records: readonly CredentialRecord[];
  /** Why none can be read. */
  readonly trouble?: string;
  /** Why one cannot be read, by its file. */
  readonly reasons: ReadonlyMap<string, string>;
}

async function readAll(store: OpenedStore): Promise<ReadAll> {
  try {
    const { records, unreadable } = await store.survey();
    return { records, reasons: new Map(unreadable.map(({ file, reason }) => [file, reason])) };
  } catch (thrown) {
    const { code, message } = asMcpassError(thrown);
    if (code !== 'store_unreadable') throw thrown;
    return { records: [], trouble: message, reasons: new Map() };
  }
}

interface Owner {
  /** As a person names it: configured, else a URL. */
  readonly server: string;
  readonly account: string;
  readonly record?: CredentialRecord;
  /** Of a credential that no entry claims. */
  readonly settings?: ServerSettings;
}

/** Whose the credentials are, by the names of their keys: of the configured servers also where nothing can be read. */
async function ownersOf(
  records: readonly CredentialRecord[],
  config: Config,
  wanted: string | undefined,
): Promise<ReadonlyMap<string, Owner>> {
  const owners = new Map<string, Owner>();
  const servers = signingEntries(config);
  for (const { name: server = '', settings } of servers) {
    const account = wanted ?? settings.account ?? DEFAULT_ACCOUNT;
    const name = await recordName(recordKeyOf({ ...settings, account }));
    if (!owners.has(name)) owners.set(name, { server, account });
  }
  const stored = byKey(records);
  for (const record of records) {
    const { server: url, account } = record;
    const name = await recordName(record);
    const key = keyText(record);
    const fitting =
      servers.find(({ settings }) => usedKey(settings, stored) === key) ??
      servers.find(({ settings }) => isOf(record, { ...settings, account }));
    const server = fitting?.name ?? url;
    owners.set(name, {
      server,
      account,
      record,
      ...(fitting === undefined && { settings: { url, account } }),
    });
  }
  return owners;
}

/** For an entry whose account it is not, and where it has another one by now: it knows the secret of the client. */
function isOf(record: CredentialRecord, settings: ServerSettings): boolean {
  if (fitsEntry(record, settings)) return true;
  const { server, grant } = record;
  return server === serverIdentity(settings.url) && grant !== undefined && wouldMake(settings, grant);
}

/** Without its key a credential can still be deleted; only the server does not hear of it. */
async function discard(
  { name }: KeptFile,
  who: Pick<LogoutReport, 'name' | 'account' | 'detail'>,
  store: OpenedStore,
): Promise<Logout> {
  return { report: { ...who, revocation: 'failed', deleted: await store.discard(name) } };
}
