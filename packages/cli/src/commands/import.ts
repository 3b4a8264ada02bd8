import { resolve } from 'node:path';
import { didYouMean, isJsonObject, isMcpassError, plain, quote, shownUrl } from '@mcpass/auth';
import { addServer, type Config, judgeNewServer } from '@mcpass/node/config';
import { defineCommand, type Command } from '../command.js';
import { readConfiguration } from '../servers/configuration.js';
import { hasSecretAddress, SECRET_IN_ADDRESS } from '../servers/secret-address.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { shellWord } from '../terminal/shell-word.js';
import { signInCommand } from '../terminal/next-command.js';
import { whole } from '../terminal/wrap.js';
import { askYesOrNo } from '../terminal/yes-or-no.js';
import { entriesOf } from '../hosts/entry.js';
import { importedName } from '../hosts/entry-name.js';
import { type Entrusted, entrustedBy, withoutEntrusted } from '../hosts/entrusted.js';
import { openHostFile, readHostFile } from '../hosts/host-file.js';
import { headerLine } from '../hosts/headers-part.js';
import type { Host } from '../hosts/host.js';
import { findHost, HOSTS } from '../hosts/index.js';
import { herePlace } from '../hosts/here.js';
import { readRemoteServer, type RemoteServer } from '../hosts/remote-server.js';

export interface ImportOptions {
  readonly host: Host;
  readonly file: string | undefined;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** By what the host calls them: what they are to be called here. */
  readonly names: ReadonlyMap<string, string>;
  /** What gives something of the person's away is agreed to. */
  readonly yes: boolean;
}

export const importServers: Command = defineCommand<ImportOptions>({
  name: 'import',
  summary: 'take over the remote servers of a host',
  about: [
    "Reads the host's file and adds its remote servers to the configuration, those behind mcp-remote too. " +
      'Sign-ins and secrets are not taken over: where the host refers to a variable, so will mcpass; what it has as ' +
      'text is left out, with a line that says how to add it. Others may have written the file: each variable is shown ' +
      'with the server that would receive it, and taken over only with a yes, at the terminal or by --yes.',
    `Hosts: ${HOSTS.map(({ name }) => name).join(', ')}.`,
  ],
  examples: [
    { line: 'mcpass import cursor --dry-run', says: 'show it only' },
    { line: 'mcpass import claude' },
    { line: 'mcpass import claude --file .mcp.json', says: 'the servers of one project' },
  ],
  arguments: [
    { name: 'host', summary: 'the program that has the servers', completes: HOSTS.map(({ name }) => name) },
  ],
  options: [
    { flags: '--dry-run', summary: 'show what would be added, and change nothing' },
    { flags: '--file <file>', summary: "read this file instead of the host's own", completes: 'file' },
    { flags: '--force', summary: 'replace servers of the same name' },
    { flags: '--name <a=b>', summary: 'take over what the host calls A as B', repeatable: true },
    { flags: '--yes', summary: 'let the servers have the variables that the file names for them' },
  ],
  parse: (input) => ({
    host: findHost(input.required('host')),
    file: input.option('file'),
    dryRun: input.flag('dry-run'),
    force: input.flag('force'),
    names: new Map(input.all('name').map(renaming)),
    yes: input.flag('yes'),
  }),
  run,
});

/** The last `=` parts them: what hosts call a server may have one. */
function renaming(text: string): readonly [string, string] {
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1) throw usageError(`--name takes OLD=NEW, not ${quote(text, 80)}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

interface Outcome {
  readonly name: string;
  readonly url: string;
  readonly action: 'added' | 'replaced' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  /** What the host calls it, where that is no name for us. */
  readonly hostName?: string;
  readonly leftOut: readonly string[];
  /** Its address alone lets in; it stands in the configuration as it is. */
  readonly secretInAddress?: true;
  /** What the server gets of the person's. */
  readonly entrusted?: readonly Entrusted[];
}

async function run({ host, file, dryRun, force, names, yes }: ImportOptions, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { config, paths } = readConfiguration(deps);
  const source = await openHostFile(host, herePlace(deps), file === undefined ? undefined : resolve(file));
  const found = entriesOf(host, readHostFile(source), process.cwd());
  const servers = found.flatMap((entry) => readRemoteServer(host, entry) ?? []);
  const unknown = [...names.keys()].find((name) => !servers.some((server) => server.name === name));
  if (unknown !== undefined) {
    throw usageError(
      `--name: ${host.title} has no remote server called ${quote(unknown, 80)}.${didYouMean(
        unknown,
        servers.map(({ name }) => name),
      )}`,
    );
  }

  const outcomes: Outcome[] = [];
  for (const server of servers) {
    const outcome = judge(server, config, { force, names, earlier: outcomes });
    if (outcome.action === 'skipped') {
      outcomes.push(outcome);
      continue;
    }
    const { keys, ...agreed } = await agree(server, { yes, dryRun }, deps);
    const refusal = dryRun
      ? undefined
      : await add({ file: paths.configFile, name: outcome.name, keys, replace: force });
    outcomes.push(
      refusal === undefined ? { ...outcome, ...agreed } : { ...outcome, action: 'skipped', reason: refusal },
    );
  }

  if (io.json) {
    io.outJson({
      host: host.name,
      from: source.file,
      dryRun,
      servers: outcomes,
      file: paths.configFile,
    });
    return 0;
  }
  if (outcomes.length === 0) {
    io.say(`${host.title} has no remote servers that mcpass could take over.`);
    io.say(`  looked in ${source.file}`);
    return 0;
  }
  for (const outcome of outcomes) report(outcome, dryRun, deps);
  const first = outcomes.find(({ action }) => action !== 'skipped');
  if (first !== undefined && !dryRun) {
    io.say(`  written to ${paths.configFile}`);
    io.say(`Try:  ${whole(signInCommand(deps.globals, first.name))}`);
  }
  return 0;
}

function judge(
  { name: hostName, keys, leftOut, problem }: RemoteServer,
  config: Config,
  {
    force,
    names,
    earlier,
  }: Pick<ImportOptions, 'force' | 'names'> & { readonly earlier: readonly Outcome[] },
): Outcome {
  const url = shownUrl(keys.url);
  const shown = { name: plain(hostName, 80), url, leftOut: [] };
  const name = names.get(hostName) ?? importedName(hostName, keys.url);
  const skipped = (reason: string): Outcome => ({ ...shown, name, action: 'skipped', reason });
  if (problem !== undefined) return skipped(problem);
  if (earlier.some((other) => other.name === name && other.action !== 'skipped')) {
    return skipped(
      `another one of the same name came first; --name ${shellWord(`${hostName}=NAME`)} renames`,
    );
  }
  const taken = config.servers().find((server) => server.name === name);
  const same = config.servers().find((server) => server.url === keys.url);
  if (!force && same !== undefined) return skipped(`it is configured already, as ${same.name}`);
  if (!force && taken !== undefined)
    return skipped('the name is in use; --force replaces it, --name renames this one');
  const refusal = refusalOf(() => judgeNewServer(name, keys));
  if (refusal !== undefined) return skipped(refusal);
  return {
    name,
    url,
    action: taken === undefined ? 'added' : 'replaced',
    ...(name !== hostName && { hostName: plain(hostName, 80) }),
    leftOut,
    ...(hasSecretAddress(keys.url) && { secretInAddress: true as const }),
  };
}

/** Headers that are a secret or none: asked of the person, left out where nobody can say. */
async function settleDoubts(
  { name, keys, leftOut, doubts = {} }: RemoteServer,
  dryRun: boolean,
  deps: Deps,
): Promise<Pick<RemoteServer, 'keys' | 'leftOut'>> {
  const { io } = deps;
  const literal: Record<string, string> = {};
  const lines: string[] = [];
  for (const [header, value] of Object.entries(doubts)) {
    const start = `${value.slice(0, 4)}…, ${value.length} characters`;
    const asks = io.canAsk && !io.json && !dryRun;
    const words = plain(`Is the header ${header} of ${name} (${start}) a secret?`, 200);
    if (asks && !(await askYesOrNo(words, deps))) literal[header] = value;
    else lines.push(headerLine(header, value, 'it may be a secret'));
  }
  const { http_headers: certain, ...others } = keys;
  const headers = { ...(isJsonObject(certain) ? certain : {}), ...literal };
  return {
    keys:
      Object.keys(literal).length === 0
        ? keys
        : { ...others, url: keys.url, http_headers: headers as Record<string, string> },
    leftOut: [...leftOut, ...lines],
  };
}

type Agreed = Pick<RemoteServer, 'keys'> & Pick<Outcome, 'leftOut' | 'entrusted'>;

/** The keys without what the person has not agreed to give away. */
async function agree(
  server: RemoteServer,
  { yes, dryRun }: { readonly yes: boolean; readonly dryRun: boolean },
  deps: Deps,
): Promise<Agreed> {
  const { io } = deps;
  const { name } = server;
  const { keys, leftOut } = await settleDoubts(server, dryRun, deps);
  const entrusted = entrustedBy(keys);
  if (entrusted.length === 0) return { keys, leftOut };
  const lines = entrusted.map(({ what, to, as }) => plain(`${what}, which ${to} would get ${as}`, 500));
  const asks = io.canAsk && !io.json && !yes;
  if (asks && !dryRun) {
    io.say(`${plain(name, 80)} needs a yes:`);
    for (const line of lines) io.say(`  ${line}`);
  }
  if (yes || (asks && !dryRun && (await askYesOrNo('Take this over?', deps)))) {
    return { keys, leftOut, entrusted };
  }
  const how = asks && dryRun ? 'takes a yes' : '--yes takes it over';
  return { keys: withoutEntrusted(keys), leftOut: [...leftOut, ...lines.map((line) => `${line}: ${how}`)] };
}

/** Why the configuration does not take it. */
async function add(options: Parameters<typeof addServer>[0]): Promise<string | undefined> {
  try {
    await addServer(options);
    return undefined;
  } catch (thrown) {
    return reasonIn(thrown);
  }
}

function refusalOf(judge: () => void): string | undefined {
  try {
    judge();
    return undefined;
  } catch (thrown) {
    return reasonIn(thrown);
  }
}

/** The values are the host's; what is wrong with one of them must not stop the others. Throws all else. */
function reasonIn(thrown: unknown): string {
  if (!isMcpassError(thrown) || thrown.code === 'config_invalid') throw thrown;
  return thrown.message.replace(/^add: |\.$/g, '');
}

const WORDS = {
  added: ['Added', 'Would add'],
  replaced: ['Replaced', 'Would replace'],
  skipped: ['Skipped', 'Would skip'],
} as const;

function report(
  { name, url, action, reason, hostName, leftOut, secretInAddress, entrusted = [] }: Outcome,
  dryRun: boolean,
  { io }: Deps,
): void {
  const called = hostName === undefined ? '' : ` (there: ${hostName})`;
  const why = reason === undefined ? '' : ` (${reason})`;
  io.out(`${WORDS[action][dryRun ? 1 : 0]} ${name}${called}${url === '' ? '' : `: ${url}`}${why}`);
  if (secretInAddress === true) io.say(`  ${SECRET_IN_ADDRESS}`);
  for (const { what, to, as } of entrusted) io.say(`  ${plain(`${to} gets ${what}, ${as}`, 500)}`);
  for (const line of leftOut) io.say(`  left out: ${line}`);
}
