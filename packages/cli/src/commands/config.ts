import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { didYouMean, McpassError, plain } from '@mcpass/auth';
import type { Config, ConfigValue, Explanation, Origin } from '@mcpass/node/config';
import { FILE_STORE_KINDS } from '@mcpass/node/stores';
import { defineCommand, type Command } from '../command.js';
import { locatePaths, readConfiguration } from '../servers/configuration.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';

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
    'path prints where the files are. explain says what a key is set to, who set it and who was overruled. edit opens the file in VISUAL or EDITOR.',
    'store says where credentials are kept. With keyring, passphrase or plain it moves them there, all or none: none, too, while a file lies there that was set aside because it could not be read.',
  ],
  examples: [
    { line: 'mcpass config path' },
    { line: 'mcpass config explain scopes linear' },
    { line: 'mcpass config explain mcp_servers.linear.scopes' },
    { line: 'mcpass config edit' },
    { line: 'mcpass config store keyring' },
  ],
  arguments: [
    { name: 'action', summary: ACTIONS.join(', '), completes: ACTIONS },
    {
      name: 'key',
      summary: 'for explain: a dotted key; for store: keyring, passphrase or plain',
      optional: true,
      completes: ([action]) => (action === 'store' ? FILE_STORE_KINDS : undefined),
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
    if (action === 'explain' && key === undefined) throw usageError('config explain needs a KEY.');
    if ((action === 'path' || action === 'edit') && key !== undefined)
      throw usageError(`config ${action} takes no "${key}".`);
    return { action, key, server: input.argument('server') };
  },
  async run({ action, key = '', server }, deps) {
    if (action === 'path') return printPaths(deps);
    if (action === 'edit') return edit(deps);
    if (action === 'store') return (await import('../servers/store-change.js')).changeStore(key, deps);
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

async function explain(key: string, server: string | undefined, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const explanation = readConfiguration(deps).config.explain(key, server);
  if (io.json) {
    io.outJson({ ...explanation });
    return 0;
  }
  for (const line of explanationLines(explanation)) io.out(line);
  return 0;
}

function explanationLines({ key, value, origin, losers }: Explanation): string[] {
  const current = value === undefined ? `${key} is not set` : `${key} = ${valueText(value)}`;
  return [
    plain(current, 2_000),
    ...(origin === undefined ? [] : [`  from       ${placeText(origin)}`]),
    ...losers.map(
      (loser) => `  overrules  ${plain(valueText(loser.value), 500)}  from ${placeText(loser.origin)}`,
    ),
  ];
}

function valueText(value: ConfigValue): string {
  return JSON.stringify(value);
}

function placeText({ source, place, line }: Origin): string {
  return plain(`${place}${line === undefined ? '' : `:${line}`} (${source})`, 1_000);
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
