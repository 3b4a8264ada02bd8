import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { didYouMean, McpassError, plain } from '@mcpass/auth';
import type { Config } from '@mcpass/node/config';
import { FILE_STORE_KINDS } from '@mcpass/node/stores';
import { defineCommand, type Command } from '../command.js';
import {
  type ExplainedGroup,
  explainConfiguration,
  explanationLines,
  placeText,
  relativeKey,
  valueText,
} from '../servers/config-explanation.js';
import { locatePaths, readConfiguration } from '../servers/configuration.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { facts } from '../terminal/table.js';

const ACTIONS = ['path', 'explain', 'edit', 'store'] as const;
type Action = (typeof ACTIONS)[number];

export interface ConfigOptions {
  readonly action: Action;
  readonly key?: string | undefined;
  readonly server?: string | undefined;
}

export const config: Command = defineCommand<ConfigOptions>({
  name: 'config',
  summary: 'find, explain or edit the configuration',
  about: [
    'path prints where the files are. explain says what applies, who says so, who was overruled and what would change it: of a key, of a server, of a key of a server, or of everything. edit opens the file in VISUAL or EDITOR.',
    'store says where credentials are kept. With keyring, passphrase or plain it moves them there, all or none: none, too, while a file lies there that was set aside because it could not be read.',
  ],
  examples: [
    { line: 'mcpass config path' },
    { line: 'mcpass config explain', says: 'everything that applies, and where it stands' },
    { line: 'mcpass config explain linear' },
    { line: 'mcpass config explain linear.scopes' },
    { line: 'mcpass config explain credentials_store' },
    { line: 'mcpass config edit' },
    { line: 'mcpass config store keyring' },
  ],
  arguments: [
    { name: 'action', summary: ACTIONS.join(', '), completes: ACTIONS },
    {
      name: 'key',
      summary: 'for explain: a key, a server, or SERVER.KEY; for store: keyring, passphrase or plain',
      optional: true,
      completes: ([action]) =>
        action === 'store' ? FILE_STORE_KINDS : action === 'explain' ? 'key' : undefined,
    },
    {
      name: 'server',
      summary: 'for explain: the server that the key is of',
      optional: true,
      completes: 'server',
    },
  ],
  parse(input) {
    const word = input.required('action');
    const action = ACTIONS.find((candidate) => candidate === word);
    if (action === undefined) {
      throw usageError(`config takes ${ACTIONS.join(', ')}, not "${word}".${didYouMean(word, ACTIONS)}`);
    }
    const key = input.argument('key');
    if ((action === 'path' || action === 'edit') && key !== undefined)
      throw usageError(`config ${action} takes no "${key}".`);
    return { action, key, server: input.argument('server') };
  },
  async run({ action, key, server }, deps) {
    if (action === 'path') return printPaths(deps);
    if (action === 'edit') return edit(deps);
    if (action === 'store') return (await import('../servers/store-change.js')).changeStore(key ?? '', deps);
    return explain(key, server, deps);
  },
});

async function printPaths(deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const paths = locatePaths(deps);
  // Where the files are must be found out even when one of them cannot be read.
  const files = readFiles(deps) ?? [{ kind: 'user' as const, path: paths.configFile, exists: true }];
  if (io.json) {
    const { data, state, cache } = paths;
    io.outJson({ config: files, data, state, cache });
    return 0;
  }
  const places = [
    ...files.map(({ kind, path }) => [kind === 'user' ? 'config' : kind, path] as const),
    ['data', paths.data] as const,
    ['state', paths.state] as const,
    ['cache', paths.cache] as const,
  ];
  for (const [place, path] of places) io.out(`${place.padEnd(7)}  ${path}`);
  for (const { path, exists } of files) if (!exists) io.say(`  ${path} does not exist yet`);
  return 0;
}

function readFiles(deps: Deps): Config['files'] | undefined {
  try {
    return readConfiguration(deps).config.files;
  } catch {
    return undefined;
  }
}

async function explain(word: string | undefined, server: string | undefined, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const explained = explainConfiguration(word, server, readConfiguration(deps), deps);
  if (explained.about === 'all') {
    if (io.json) io.outJson({ keys: explained.groups.flatMap(({ keys }) => keys) });
    else explained.groups.forEach((group, at) => printGroup(group, at, deps));
    if (!io.json) io.say('What would change one:  mcpass config explain SERVER.KEY');
    return 0;
  }
  const { keys } = explained;
  const [only] = keys;
  if (io.json) io.outJson(keys.length === 1 && only !== undefined ? only : { keys });
  else for (const line of keys.flatMap(explanationLines)) io.out(line);
  return 0;
}

/** What applies to one server, or to all: a key a line. */
function printGroup({ server, keys }: ExplainedGroup, at: number, { io }: Deps): void {
  if (at > 0) io.out('');
  if (server !== undefined) io.out(io.paint('bold', plain(server, 1_000)));
  const rows = keys.map(({ key, value, origin }) => {
    const from = origin === undefined ? '' : `  from ${placeText(origin)}`;
    return [relativeKey(key), value === undefined ? undefined : `${valueText(value)}${from}`] as const;
  });
  for (const line of facts(rows)) io.out(line);
}

async function edit(deps: Deps): Promise<ExitCode> {
  const { env, io } = deps;
  const { configFile } = locatePaths(deps);
  const editor = [env['VISUAL'], env['EDITOR']].find((value) => value !== undefined && value.trim() !== '');
  const words = (editor ?? (process.platform === 'win32' ? 'notepad' : 'vi')).trim().split(/\s+/);
  if (editor === undefined && !io.canAsk) {
    throw usageError('config edit needs an editor: set VISUAL or EDITOR.', {
      do: 'say',
      text: `or edit ${configFile} yourself`,
    });
  }
  mkdirSync(dirname(configFile), { recursive: true, mode: 0o700 });
  // Created here, so that an editor's own habits do not decide who may read it.
  closeSync(openSync(configFile, 'a', 0o600));
  await runEditor(words, configFile);
  // What was written is checked while it is still remembered: an error names line and column.
  readConfiguration(deps);
  io.say(`${configFile} is in order.`);
  return 0;
}

function runEditor([program = '', ...words]: readonly string[], file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (why: string) =>
      reject(
        new McpassError('internal', `The editor ${plain(program)} ${why}.`, {
          step: 'config',
          fault: 'yours',
          remedy: { do: 'say', text: 'set VISUAL or EDITOR to a program that waits until you are done' },
        }),
      );
    const child = spawn(program, [...words, file], { stdio: 'inherit' });
    child.once('error', (error) => failed(`cannot be started (${error.message})`));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else failed(`ended with ${signal ?? `code ${code}`}`);
    });
  });
}
