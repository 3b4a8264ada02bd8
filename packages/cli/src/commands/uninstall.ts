import { existsSync } from 'node:fs';
import { isJsonObject, isMcpassError, type McpassError, plain } from '@mcpass/auth';
import { readText } from '@mcpass/node/config';
import { openStore } from '@mcpass/node/stores';
import { type Removal, removeOwnFiles } from '@mcpass/node/transfer';
import { defineCommand, type Command } from '../command.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { asMcpassError, usageError } from '../failure.js';
import { startsMcpass } from '../hosts/entry.js';
import { herePlace, hostLockDirectory } from '../hosts/here.js';
import { backupsOf, type HostFile, presentHostFiles, readHostFile, removeEntry } from '../hosts/host-file.js';
import type { Values } from '../hosts/host.js';
import { HOSTS } from '../hosts/index.js';
import { tableAt } from '../hosts/values.js';
import { locatePaths, rereadConfiguration } from '../servers/configuration.js';
import { ownSecretFile } from '../servers/own-secret.js';
import { attempt, type LogoutReport, reportLine, whoText } from '../sign-in/logout.js';
import { everyFile, everyTarget, type Target } from '../sign-in/logout-targets.js';
import { whole } from '../terminal/wrap.js';
import { askYesOrNo } from '../terminal/yes-or-no.js';

export interface UninstallOptions {
  readonly dryRun: boolean;
  readonly yes: boolean;
}

export const uninstall: Command = defineCommand<UninstallOptions>({
  name: 'uninstall',
  summary: 'sign out everywhere and take mcpass off this machine',
  about: [
    'Logs out of every server as mcpass logout --all does, takes what mcpass connect wrote out of the files of all ' +
      'hosts, and removes the key in the keyring, the credentials and the configuration. What is not of mcpass stays and is ' +
      "named, and so are the copies of hosts' files. Entries in a file that connect was given with --file are not found.",
    'Asks first; without a terminal it needs --yes. What fails stops nothing else.',
  ],
  examples: [
    { line: 'mcpass uninstall --dry-run', says: 'show it only' },
    { line: 'mcpass uninstall --yes' },
    { line: 'npm uninstall -g mcpass', says: 'then the program itself' },
  ],
  options: [
    { flags: '--dry-run', summary: 'show what would go, and change nothing' },
    { flags: '--yes', summary: 'do not ask' },
  ],
  parse: (input) => ({ dryRun: input.flag('dry-run'), yes: input.flag('yes') }),
  run,
});

/** What is there to be taken away. */
interface Plan {
  readonly targets: readonly Target[];
  readonly entries: readonly HostEntry[];
  readonly secretFiles: readonly string[];
  /** What stays, because it is not ours to remove. */
  readonly left: readonly string[];
}

interface HostEntry {
  readonly target: HostFile;
  readonly name: string;
}

interface HostReport {
  readonly host: string;
  readonly name: string;
  readonly file: string;
  /** Where the file as it was is kept. */
  readonly backup?: string;
}

async function run({ dryRun, yes }: UninstallOptions, deps: Deps): Promise<ExitCode> {
  const { io, globals } = deps;
  if (globals.account !== undefined)
    throw usageError('uninstall is about every account: leave --account out.');
  const failures: McpassError[] = [];
  /** One step after the other, whatever becomes of each. */
  const trying = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (thrown) {
      if (deps.signal.aborted || !isMcpassError(thrown)) throw thrown;
      failures.push(thrown);
      return undefined;
    }
  };

  const plan = await makePlan(deps, trying);
  const remove = (dry: boolean) =>
    removeOwnFiles({ paths: locatePaths(deps), env: deps.env, secretFiles: plan.secretFiles, dry });
  const planned: Outcome = {
    servers: plan.targets.map(({ who }) => ({ ...who, revocation: 'failed', deleted: false })),
    hosts: plan.entries.map(reportOf),
    removal: await remove(true),
    left: plan.left,
  };
  if (dryRun) return say(planned, failures, true, deps);
  if (!yes && !io.canAsk) {
    throw usageError('uninstall signs out of everything and removes it: it needs --yes.', {
      do: 'say',
      text: 'mcpass uninstall --dry-run shows what would go',
    });
  }
  if (!yes) {
    for (const line of linesOf(planned, true)) io.say(line);
    if (!(await askYesOrNo('Do all of that?', deps))) {
      io.say('Nothing was changed.');
      return 1;
    }
  }

  const servers: LogoutReport[] = [];
  for (const { who, leave } of plan.targets) {
    const { report, failure } = await attempt(who, leave, deps);
    servers.push(report);
    if (failure !== undefined) failures.push(asMcpassError(failure));
  }
  const hosts: HostReport[] = [];
  const lockDirectory = hostLockDirectory(locatePaths(deps));
  for (const entry of plan.entries) {
    const { target, name } = entry;
    const edit = await trying(() => removeEntry(target, { name, force: false, lockDirectory }));
    if (edit?.changed === true)
      hosts.push({ ...reportOf(entry), ...(edit.backup && { backup: edit.backup }) });
  }
  const removal = await remove(false);
  return say({ servers, hosts, removal, left: plan.left }, [...failures, ...removal.failures], false, deps);
}

type Trying = <T>(work: () => T | Promise<T>) => Promise<T | undefined>;

async function makePlan(deps: Deps, trying: Trying): Promise<Plan> {
  const files = (await Promise.all(HOSTS.map((host) => presentHostFiles(host, herePlace(deps))))).flat();
  const found = await Promise.all(files.map((target) => trying(() => bridgedIn(target))));
  const backups = files.flatMap((target) => backupsOf(target));
  const entries = found.flatMap((one) => one?.entries ?? []);
  const { configFile, configNamed } = locatePaths(deps);
  const left = [
    ...found.flatMap((one) => one?.left ?? []),
    ...backups,
    ...(configNamed && existsSync(configFile) ? [configFile] : []),
  ];
  return { ...(await signIns(deps, trying)), entries, left };
}

/** Without a configuration that can be read they are deleted all the same; only the servers do not hear of it. */
async function signIns(deps: Deps, trying: Trying): Promise<Pick<Plan, 'targets' | 'secretFiles'>> {
  const paths = locatePaths(deps);
  try {
    const { config } = rereadConfiguration(deps);
    const secretFiles = config
      .servers()
      .flatMap(({ name }) => ownSecretFile(config, name ?? '', paths) ?? []);
    return { targets: (await trying(() => everyTarget(false, deps)))?.targets ?? [], secretFiles };
  } catch (thrown) {
    if (!isMcpassError(thrown)) throw thrown;
    const store = openStore({ choice: 'auto', paths, env: deps.env });
    return { targets: (await trying(() => everyFile(store, thrown.message))) ?? [], secretFiles: [] };
  }
}

/**
 * The entries of a file that start mcpass, the last first: what was written last is undone first. Those of one folder's
 * own are not of `connect`, and stay.
 */
function bridgedIn(target: HostFile): { entries: readonly HostEntry[]; left: readonly string[] } {
  // What is not about us need not be fit to be read.
  if (readText(target.file)?.includes('mcpass') !== true) return { entries: [], left: [] };
  const { host, file } = target;
  const content = readHostFile(target);
  const table = tableAt(content, host.container(content));
  const others = (host.otherServers?.(content, process.cwd()) ?? []).filter(isJsonObject);
  return {
    entries: bridges(table)
      .map((name) => ({ target, name }))
      .toReversed(),
    left: others.flatMap((other) => bridges(other).map((name) => `${plain(name)} in ${file}`)),
  };
}

function bridges(table: Values): readonly string[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    isJsonObject(entry) && startsMcpass(entry) ? [name] : [],
  );
}

function reportOf({ target, name }: HostEntry): HostReport {
  return { host: target.host.name, name: plain(name), file: target.file };
}

interface Outcome {
  readonly servers: readonly LogoutReport[];
  readonly hosts: readonly HostReport[];
  readonly removal: Removal;
  readonly left: readonly string[];
}

function say(outcome: Outcome, failures: readonly McpassError[], dryRun: boolean, { io }: Deps): ExitCode {
  const { servers, hosts, removal } = outcome;
  const left = leftOf(outcome);
  const [first, ...others] = failures;
  if (io.json) {
    io.outJson({
      dryRun,
      servers: dryRun
        ? servers.map(({ name, account }) => ({ name, ...(account !== undefined && { account }) }))
        : servers,
      hosts,
      keys: removal.keys,
      removed: removal.removed,
      left,
      failures: failures.map(({ code, message }) => ({ code, message })),
    });
  } else {
    for (const line of linesOf(outcome, dryRun)) io.out(line);
    for (const { message } of others) io.complain(`Failed too: ${message}`);
    if (!dryRun && first === undefined) io.say(`The program itself:  ${whole('npm uninstall -g mcpass')}`);
  }
  if (first !== undefined) throw first;
  return 0;
}

function leftOf({ removal, left, hosts }: Outcome): readonly string[] {
  const all = [...removal.left, ...left, ...hosts.flatMap(({ backup }) => backup ?? [])];
  return [...new Set(all)].filter((path) => !removal.removed.includes(path));
}

function linesOf(outcome: Outcome, dry: boolean): readonly string[] {
  const { servers, hosts, removal } = outcome;
  const done = dry ? 'Would remove' : 'Removed';
  const left = leftOf(outcome);
  const gone = [...removal.keys.map((key) => `the key "${key}" from the keyring`), ...removal.removed];
  const lines = [
    ...servers.map((report) => (dry ? `Would log out of ${whoText(report)}` : reportLine(report))),
    ...hosts.map(
      ({ host, name, file }) => `${dry ? 'Would disconnect' : 'Disconnected'} ${host} from ${name}: ${file}`,
    ),
    ...gone.map((what) => `${done} ${what}`),
    ...left.slice(0, SHOWN).map((path) => `Left alone: ${path}`),
    ...(left.length > SHOWN ? [`Left alone: ${left.length - SHOWN} more`] : []),
  ];
  return lines.length === 0 ? ['Nothing of mcpass is here.'] : lines;
}

/** Of what stays: a directory that was somebody's already may hold much. */
const SHOWN = 20;
