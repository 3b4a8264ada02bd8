import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMcpassError, plain, quote } from '@mcpass/auth';
import type { Config, ConfiguredServer } from '@mcpass/node/config';
import { defineCommand, type Command } from '../command.js';
import { checkAccount } from '../servers/account-check.js';
import { readConfiguration } from '../servers/configuration.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { entriesOf, bridgedServer, urlOf } from '../hosts/entry.js';
import { openHostFile, readHostFile, removeEntry, writeEntry, type HostFile } from '../hosts/host-file.js';
import { herePlace, hostLockDirectory } from '../hosts/here.js';
import type { Host, Values } from '../hosts/host.js';
import { findHost, HOSTS } from '../hosts/index.js';
import { createLaunch, withheldFrom } from '../hosts/launch.js';
import { entryName } from '../hosts/entry-name.js';
import { findProgram } from '../program-search.js';
import { nextCommand } from '../terminal/next-command.js';
import { printTable } from '../terminal/table.js';
import { warn } from '../terminal/warning.js';

export type ConnectOptions = { readonly list: true } | ConnectOneOptions;

export interface ConnectOneOptions {
  readonly list: false;
  readonly host: Host;
  readonly server: string;
  /** The entry's name in the host's file. */
  readonly name: string | undefined;
  /** What starts mcpass. */
  readonly command: string | undefined;
  readonly file: string | undefined;
  readonly does: 'print' | 'write' | 'remove';
  readonly force: boolean;
}

export const connect: Command = defineCommand<ConnectOptions>({
  name: 'connect',
  summary: 'make a host use a server through mcpass',
  about: [
    'Prints the entry that makes the host start "mcpass bridge SERVER". With --write it goes into the host\'s own ' +
      'file: a copy of the file is laid beside it first, and nothing else in it changes. --remove takes it out again.',
    `Hosts: ${HOSTS.map(({ name }) => name).join(', ')}.`,
  ],
  examples: [
    { line: 'mcpass connect codex linear' },
    { line: 'mcpass connect claude linear --write', says: "into Claude Code's file, after a backup" },
    { line: 'mcpass connect cursor linear --write --file .cursor/mcp.json', says: 'for one project' },
    { line: 'mcpass connect claude linear --remove' },
    { line: 'mcpass connect --list', says: 'which hosts are here, and what they use' },
  ],
  arguments: [
    {
      name: 'host',
      summary: 'the program that uses the server',
      optional: true,
      completes: HOSTS.map(({ name }) => name),
    },
    { name: 'server', summary: 'a configured name or a URL', optional: true, completes: 'server' },
  ],
  options: [
    { flags: '--write', summary: "edit the host's file, after a backup" },
    { flags: '--remove', summary: 'take out what --write put in' },
    { flags: '--list', summary: 'show the hosts and the servers that they use through mcpass' },
    { flags: '--name <name>', summary: 'what the host calls the server' },
    { flags: '--file <file>', summary: "edit this file instead of the host's own", completes: 'file' },
    { flags: '--command <command>', summary: 'what starts mcpass there, e.g. "npx -y mcpass"' },
    { flags: '--force', summary: 'replace or remove another entry of this name' },
  ],
  parse(input) {
    if (input.flag('list')) return { list: true };
    const [write, remove] = [input.flag('write'), input.flag('remove')];
    if (write && remove) throw usageError('--write and --remove exclude each other.');
    return {
      list: false,
      host: findHost(input.required('host')),
      server: input.required('server'),
      name: input.option('name'),
      command: input.option('command'),
      file: input.option('file'),
      does: write ? 'write' : remove ? 'remove' : 'print',
      force: input.flag('force'),
    };
  },
  run: (options, deps) => (options.list ? list(deps) : connectOne(options, deps)),
});

interface Connection {
  readonly target: HostFile;
  /** What the bridge is told. */
  readonly server: string;
  readonly url: string | undefined;
  readonly name: string;
  readonly entry: Values;
  /** For JSON answers. */
  readonly facts: object;
  readonly lockDirectory: string;
}

async function connectOne(options: ConnectOneOptions, deps: Deps): Promise<ExitCode> {
  const { host, does, force } = options;
  if (does !== 'remove') await checkAccount(options.server, deps);
  const { config, paths } = readConfiguration(deps);
  const known = findServer(options, config);
  const wanted = entryName(options.name ?? known?.name ?? options.server);
  const name = host.key?.(wanted) ?? wanted;
  const server = known?.name ?? options.server;
  const launch = createLaunch(
    {
      server,
      isKnown: known !== undefined,
      command: options.command,
      config,
      paths,
    },
    deps,
  );
  const named = options.file === undefined ? undefined : resolve(options.file);
  const target = await openHostFile(host, herePlace(deps), named);
  const entry = host.entry(name, launch);
  const connection: Connection = {
    target,
    server,
    url: known?.settings.url,
    name,
    entry,
    facts: { host: host.name, name, file: target.file, entry, command: [launch.command, ...launch.args] },
    lockDirectory: hostLockDirectory(paths),
  };
  if (does === 'remove') return removeFrom(connection, force, deps);
  const withheld = host.withholds === true ? withheldFrom(launch) : [];
  if (withheld.length > 0) {
    warn(
      deps,
      `${host.title} will start it without ${withheld.join(', ')}: --command can name a program called mcpass that sets them`,
    );
  }
  if (does === 'write') return writeTo(connection, force, deps);
  return print(connection, deps);
}

/** A server that is gone from the configuration can still be taken out of a host. */
function findServer({ server, does }: ConnectOneOptions, config: Config): ConfiguredServer | undefined {
  try {
    return config.server(server);
  } catch (thrown) {
    if (does === 'remove' && isMcpassError(thrown) && thrown.code === 'server_unknown') return undefined;
    throw thrown;
  }
}

function print({ target, name, entry, facts }: Connection, { io }: Deps): ExitCode {
  if (io.json) {
    io.outJson(facts);
    return 0;
  }
  io.say(`For ${target.file}:`);
  io.outText(snippet(target, name, entry));
  io.say('The same command with --write puts it there.');
  return 0;
}

async function writeTo(connection: Connection, force: boolean, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { target, name, entry, facts, lockDirectory } = connection;
  const { title } = target.host;
  const installed = isInstalled(target, deps);
  let report;
  try {
    report = await writeEntry(target, { name, entry, force, lockDirectory });
  } catch (thrown) {
    // Whoever cannot have it written can still paste it.
    if (isMcpassError(thrown) && thrown.code === 'config_invalid' && !io.json) {
      io.outText(snippet(target, name, entry));
    }
    throw thrown;
  }
  if (io.json) {
    io.outJson({ ...facts, ...report });
    return 0;
  }
  if (!report.changed) {
    io.out(`${title} has ${name} already; nothing was changed`);
    return 0;
  }
  io.out(`Connected ${title} to ${name}`);
  io.say(`  written to ${target.file}`);
  if (report.backup !== undefined) io.say(`  backup     ${report.backup}`);
  for (const line of besides(connection)) warn(deps, line);
  if (!installed) warn(deps, `${title} was not found on this machine`);
  io.say(`${title} reads it when it starts.`);
  return 0;
}

/** Entries of the host that stand beside the written one for the same server, or before it. */
function besides({ target, name, server, url }: Connection): readonly string[] {
  const { host } = target;
  return entriesOf(host, readHostFile(target), process.cwd()).flatMap((other) => {
    if (other.name === name) {
      return other.isShadowed === true
        ? [`${host.title} takes the ${quote(name)} of this directory instead`]
        : [];
    }
    const isSame =
      bridgedServer(other.entry) === server || (url !== undefined && urlOf(host, other.entry) === url);
    return isSame && other.isShadowed !== true
      ? [`${host.title} has this server as ${quote(other.name)} too: it will offer its tools twice`]
      : [];
  });
}

async function removeFrom(connection: Connection, force: boolean, { io }: Deps): Promise<ExitCode> {
  const { target, name, server, facts, lockDirectory } = connection;
  const report = await removeEntry(target, { name, server, force, lockDirectory });
  if (io.json) {
    io.outJson({ ...facts, ...report });
    return 0;
  }
  const { title } = target.host;
  if (!report.changed) {
    io.out(`${title} has no ${name}; nothing was changed`);
    return 0;
  }
  io.out(`Disconnected ${title} from ${name}`);
  io.say(`  removed from ${target.file}`);
  if (report.backup !== undefined) io.say(`  backup       ${report.backup}`);
  return 0;
}

/** The entry as it stands in an otherwise empty file. */
function snippet({ host, format }: HostFile, name: string, entry: Values): string {
  return format.insert('', host.container({}), name, entry) ?? '';
}

function isInstalled({ host, file }: HostFile, { env }: Deps): boolean {
  return existsSync(file) || host.programs.some((program) => findProgram(program, env) !== undefined);
}

async function list(deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const rows = await Promise.all(
    HOSTS.map(async (host) => rowOf(await openHostFile(host, herePlace(deps), undefined), deps)),
  );
  if (io.json) {
    io.outJson({ hosts: rows });
    return 0;
  }
  printTable(
    io,
    rows.map(({ host, installed, file, servers, problem }) => [
      host,
      installed ? { format: 'green', text: 'installed' } : { format: 'dim', text: 'not found' },
      file,
      problem === undefined ? servers.join(' ') : { format: 'red', text: 'cannot be read' },
    ]),
    { rest: `${nextCommand(deps.globals, 'connect', '--list')} | cat` },
  );
  return 0;
}

interface HostRow {
  readonly host: string;
  readonly installed: boolean;
  readonly file: string;
  /** What the host calls the servers that it uses through mcpass. */
  readonly servers: readonly string[];
  readonly problem?: string;
}

function rowOf(target: HostFile, deps: Deps): HostRow {
  const row = { host: target.host.name, installed: isInstalled(target, deps), file: target.file };
  try {
    const entries = entriesOf(target.host, readHostFile(target), process.cwd());
    const bridged = entries.filter(
      ({ entry, isShadowed }) => isShadowed !== true && bridgedServer(entry) !== undefined,
    );
    return { ...row, servers: bridged.map(({ name }) => plain(name)) };
  } catch (thrown) {
    if (!isMcpassError(thrown)) throw thrown;
    return { ...row, servers: [], problem: thrown.message };
  }
}
