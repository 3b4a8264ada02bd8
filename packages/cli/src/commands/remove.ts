import { rmSync } from 'node:fs';
import {
  type CredentialRecord,
  McpassError,
  plain,
  recordKeyOf,
  recordName,
  serverIdentity,
} from '@mcpass/auth';
import { removeServer, type Config, type ConfiguredServer } from '@mcpass/node/config';
import { forgetListingsOf } from '../completion/listing-notes.js';
import { checkAccount } from '../servers/account-check.js';
import { defineCommand, type Command } from '../command.js';
import { readConfiguration, rereadConfiguration } from '../servers/configuration.js';
import { openCredentialStore } from '../servers/credential-store.js';
import { attempt, departing, logOutOf, type LogoutReport, reportLine } from '../sign-in/logout.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { asMcpassError } from '../failure.js';
import { byKey, signingEntries, usedKey } from '../servers/entry-keys.js';
import { ownSecretFile } from '../servers/own-secret.js';
import { DEFAULT_ACCOUNT, usesSignIn } from '../servers/server-state.js';
import { otherAccounts } from '../servers/signed-in-accounts.js';
import { nextCommand } from '../terminal/next-command.js';

export interface RemoveOptions {
  readonly server: string;
}

export const remove: Command = defineCommand<RemoveOptions>({
  name: 'remove',
  summary: 'log out and remove a server',
  about: ['Logs out as mcpass logout does, then takes the server out of the configuration.'],
  examples: [{ line: 'mcpass remove linear' }],
  arguments: [{ name: 'name', summary: 'a configured name', completes: 'server' }],
  parse: (input) => ({ server: input.required('name') }),
  run,
});

async function run({ server: wanted }: RemoveOptions, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  await checkAccount(wanted, deps, { anyStore: true });
  const { config, paths } = readConfiguration(deps);
  const server = config.server(wanted);
  const { name } = server;
  if (name === undefined) {
    throw new McpassError('server_unknown', `No configured server has the URL ${plain(wanted)}.`, {
      step: 'config',
      fault: 'yours',
      remedy: {
        do: 'say',
        text: `to forget its sign-in: ${nextCommand(deps.globals, 'logout', plain(wanted, 1_000))}`,
      },
    });
  }
  const keptFor = usesSignIn(server) ? await signedInNames(config, name, deps) : [];
  const leaves = usesSignIn(server) && keptFor.length === 0;
  const { reports, failure }: Logouts = leaves ? await logOutOfAll(name, deps) : { reports: [] };
  const sayRemoval = (removed: boolean) => {
    const [own = { name, deleted: false }, ...others] = reports;
    io.outJson({
      server: { ...own, removed },
      ...(others.length === 0 ? {} : { accounts: others }),
      ...(keptFor.length === 0 ? {} : { signInKeptFor: keptFor }),
      file: paths.configFile,
    });
  };
  if (failure !== undefined) {
    // The name stays, and what it stands for would hardly be found again without it.
    if (io.json) sayRemoval(false);
    else for (const report of reports) io.say(reportLine(report, failure));
    throw failure;
  }
  const secretFile = ownSecretFile(config, name, paths);
  await removeServer({ file: paths.configFile, name });
  // Of a server that stays under another name completion goes on to know them.
  if (keptFor.length === 0) await forgetListingsOf(paths, server.settings.url, undefined);
  if (secretFile !== undefined) rmSync(secretFile, { force: true });
  if (io.json) {
    sayRemoval(true);
    return 0;
  }
  for (const report of reports) if (report.deleted) io.out(reportLine(report));
  if (keptFor.length > 0) io.say(`The sign-in stays: ${keptFor.join(', ')} uses the same server.`);
  io.out(`Removed ${name} from ${paths.configFile}`);
  return 0;
}

/** Other names whose sign-in this is too. */
async function signedInNames(config: Config, name: string, deps: Deps): Promise<readonly string[]> {
  const { settings: own } = config.server(name);
  const server = serverIdentity(own.url);
  const others = signingEntries(config).filter(
    (entry) => entry.name !== name && serverIdentity(entry.settings.url) === server,
  );
  if (others.length === 0) return [];
  const stored = byKey(await storedHere(deps));
  const key = usedKey(own, stored);
  return others.flatMap((entry) =>
    entry.name !== undefined && usedKey(entry.settings, stored) === key ? [entry.name] : [],
  );
}

/** None where nothing can be read: then each entry is where it would sign in. */
async function storedHere(deps: Deps): Promise<readonly CredentialRecord[]> {
  const { config, paths } = rereadConfiguration(deps);
  try {
    return await openCredentialStore(deps, config, paths, { anyStore: true }).list();
  } catch (thrown) {
    if (asMcpassError(thrown).code !== 'store_unreadable') throw thrown;
    return [];
  }
}

interface Logouts {
  readonly reports: readonly LogoutReport[];
  /** The first one, when one of them could not go. */
  readonly failure?: unknown;
}

/** The configured account first, then whoever else is signed in there. */
async function logOutOfAll(name: string, deps: Deps): Promise<Logouts> {
  const others = await accountsBeside(name, deps);
  const reports: LogoutReport[] = [];
  let failure: unknown;
  for (const account of [undefined, ...others]) {
    const globals = account === undefined ? deps.globals : { ...deps.globals, account };
    const who = departing(name, account ?? deps.globals.account ?? DEFAULT_ACCOUNT);
    const logout = await attempt(who, () => logOutOf(name, false, { ...deps, globals }), deps);
    reports.push(logout.report);
    failure ??= logout.failure;
  }
  return { reports, failure };
}

/**
 * The other accounts that are signed in. Without its key a record does not say whose it is: then only where every one
 * that is there is accounted for, by the names of the configured servers. Throws `store_unreadable`.
 */
async function accountsBeside(name: string, deps: Deps): Promise<readonly string[]> {
  try {
    return await otherAccounts(name, deps);
  } catch (thrown) {
    if (asMcpassError(thrown).code !== 'store_unreadable') throw thrown;
    const { config, paths } = rereadConfiguration(deps);
    const kept = await openCredentialStore(deps, config, paths, { anyStore: true }).kept();
    const nameOf = ({ settings }: ConfiguredServer, account?: string) =>
      recordName(recordKeyOf({ ...settings, ...(account !== undefined && { account }) }));
    const server = config.server(name);
    const own = await nameOf(server, deps.globals.account);
    const ofServers = await Promise.all(signingEntries(config).map((entry) => nameOf(entry)));
    if (kept.some((file) => file.name !== own && !ofServers.includes(file.name))) throw thrown;
    const configured = await nameOf(server);
    const beside = configured !== own && kept.some((file) => file.name === configured);
    return beside ? [server.settings.account ?? DEFAULT_ACCOUNT] : [];
  }
}
