import { parseCommand } from '@mcpass/node/sign-in';
import type { Values } from './host.js';

/** A program that an entry starts, and what is set for it besides the environment of the host. */
export interface StartedProgram {
  /** The program, then its arguments. */
  readonly words: readonly string[];
  readonly variables: Values;
}

/**
 * Every program that these words start, outermost first: a shell, a runner of packages or a container stand before the one
 * that counts. Each is read as it reads its own arguments.
 */
export function startedPrograms(start: StartedProgram): readonly StartedProgram[] {
  return follow(start, DEPTH);
}

/** Of things that start things that start things. */
const DEPTH = 8;

function follow(program: StartedProgram, depth: number): readonly StartedProgram[] {
  if (program.words.length === 0 || depth === 0) return [];
  return [program, ...startedBy(program).flatMap((next) => follow(next, depth - 1))];
}

/** `mcp-remote` of `/opt/bin/mcp-remote.cmd`, `@scope/mcp-remote@1.2`, `npm:mcp-remote`, `ghcr.io/me/mcp-remote:1`. */
export function programName(word: string): string {
  // Where a package was unpacked its folder has the name.
  const file = word.replace(/[/\\]dist[/\\]\w+\.js$/, '').replace(/^(?:npm|jsr):/, '');
  const last = file.split(/[/\\]/).at(-1) ?? '';
  return last
    .replace(/(.)[@:].*$/, '$1')
    .replace(/\.(?:[cm]?js|cmd|exe|bat|ps1)$/i, '')
    .replaceAll('_', '-')
    .toLowerCase();
}

const SHELLS: ReadonlySet<string> = new Set(['sh', 'ash', 'bash', 'dash', 'fish', 'ksh', 'zsh']);
const POWERSHELLS: ReadonlySet<string> = new Set(['powershell', 'pwsh']);

export function isShell(word: string): boolean {
  const name = programName(word);
  return SHELLS.has(name) || POWERSHELLS.has(name) || name === 'cmd';
}

/** What starts another program, with the options that take a word of their own. */
interface Runner {
  readonly name: string;
  /** The commands of it that start something. */
  readonly commands?: readonly string[];
  readonly values: readonly string[];
  /** Options whose value is a package that has the program: then none is at the beginning of the words behind. */
  readonly packages?: readonly string[];
  /** Options whose value is a line for a shell. */
  readonly scripts?: readonly string[];
  /** Options whose value sets a variable. */
  readonly variables?: readonly string[];
  /** Options whose value is started instead of what comes first. */
  readonly instead?: readonly string[];
}

// npm's configuration, as far as somebody might write it here (docs.npmjs.com/cli/commands/npx, bin/npx-cli.js).
const NPM = [
  '--registry',
  '--cache',
  '--userconfig',
  '--prefix',
  '--loglevel',
  '--script-shell',
  '--shell',
].concat([
  '--workspace',
  '-w',
  '--node-options',
  '--tag',
  '--before',
  '--cafile',
  '--proxy',
  '--https-proxy',
  '--npm',
]);
const DOCKER = [
  '-v',
  '--volume',
  '-p',
  '--publish',
  '--name',
  '--network',
  '--net',
  '-u',
  '--user',
  '-w',
].concat(
  [
    '--workdir',
    '-l',
    '--label',
    '--mount',
    '--platform',
    '--add-host',
    '--env-file',
    '--pull',
    '--memory',
    '-m',
  ],
  ['--cpus', '--dns', '--hostname', '-h', '--gpus', '--restart', '--security-opt', '--cap-add', '--tmpfs'],
);
const CONTAINER = {
  commands: ['run', 'container run'],
  values: DOCKER,
  variables: ['-e', '--env'],
  instead: ['--entrypoint'],
};
const UV = [
  '--from',
  '--with',
  '--with-editable',
  '--with-requirements',
  '--python',
  '-p',
  '--index',
  '-i',
].concat([
  '--index-url',
  '--default-index',
  '--extra-index-url',
  '--directory',
  '--project',
  '--env-file',
  '--group',
]);
const BUN = { values: ['--cwd'], packages: ['-p', '--package'] };
const DENO = { values: ['-c', '--config', '--import-map', '--cert', '--node-modules-dir'] };

const RUNNERS: readonly Runner[] = [
  { name: 'npx', values: NPM, packages: ['-p', '--package'], scripts: ['-c', '--call'] },
  // Here -p is another option.
  { name: 'npm', commands: ['exec', 'x'], values: NPM, packages: ['--package'], scripts: ['-c', '--call'] },
  { name: 'pnpx', values: ['--reporter', '--allow-build'], packages: ['--package'] },
  {
    name: 'pnpm',
    commands: ['dlx', 'exec'],
    values: ['--reporter', '--allow-build', '-C', '--dir'],
    packages: ['--package'],
  },
  { name: 'yarn', commands: ['dlx', 'exec', 'run'], values: ['--cwd'], packages: ['-p', '--package'] },
  { name: 'bunx', ...BUN },
  { name: 'bun', commands: ['x', 'run'], ...BUN },
  { name: 'deno', commands: ['run', 'x'], ...DENO },
  { name: 'dx', ...DENO },
  { name: 'uvx', values: UV },
  { name: 'uv', commands: ['tool run', 'run'], values: UV },
  { name: 'pipx', commands: ['run'], values: ['--spec', '--python', '--pip-args', '--index-url'] },
  { name: 'docker', ...CONTAINER },
  { name: 'podman', ...CONTAINER },
  { name: 'wsl', values: ['-d', '--distribution', '-u', '--user', '--cd', '--shell-type'] },
  { name: 'env', values: ['-u', '--unset', '-C', '--chdir'], scripts: ['-S', '--split-string'] },
];

/** Programs that start nothing else, whatever words come behind them. */
const LAST: ReadonlySet<string> = new Set([
  'mcpass',
  'mcp-proxy',
  'mcp-remote',
  'mcp-remote-client',
  'supergateway',
]);
const STARTERS: ReadonlySet<string> = new Set([
  ...RUNNERS.map(({ name }) => name),
  ...SHELLS,
  ...POWERSHELLS,
  'cmd',
]);

function startedBy({ words, variables }: StartedProgram): readonly StartedProgram[] {
  const [program = '', ...args] = words;
  const name = programName(program);
  if (LAST.has(name)) return [];
  if (SHELLS.has(name)) return shellScript(args, /^-[a-z]*c$/, variables, 'linux');
  if (name === 'cmd') return shellScript(args, /^\/[ck]$/i, variables, 'win32');
  if (POWERSHELLS.has(name))
    return shellScript(args, /^-c(?:o(?:m(?:m(?:a(?:nd?)?)?)?)?)?$/i, variables, 'win32');
  const runner = RUNNERS.find((one) => one.name === name);
  const run = runner === undefined ? undefined : readRunner(runner, args, variables);
  if (run !== undefined) return run;
  // A runner that is not known here (mise exec, op run, sudo, nohup): what it runs is somewhere behind it.
  const next = args.findIndex((word) => STARTERS.has(programName(word)) || LAST.has(programName(word)));
  return next === -1 ? [] : [{ words: args.slice(next), variables }];
}

function readRunner(
  { commands, values, packages = [], scripts = [], variables: setting = [], instead = [] }: Runner,
  args: readonly string[],
  before: Values,
): readonly StartedProgram[] | undefined {
  const set: Record<string, unknown> = { ...before };
  let started: readonly string[] = [];
  let command = '';
  let at = 0;
  for (; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const [, assigned, text] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    if (word === '--') {
      at += 1;
      break;
    }
    if (word.startsWith('-') && word !== '-') {
      const [, option = word, inline] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
      const all = [...values, ...packages, ...scripts, ...setting, ...instead];
      if (!all.includes(option)) continue;
      const value = inline ?? args[(at += 1)] ?? '';
      if (scripts.includes(option)) return scriptPrograms(value, set, 'linux');
      if (instead.includes(option)) started = [value];
      const [, name, given] = setting.includes(option) ? (/^([^=]+)=(.*)$/s.exec(value) ?? []) : [];
      if (name !== undefined) set[name] = given;
    } else if (commands !== undefined && !commands.includes(command)) {
      command = `${command} ${word}`.trim();
      if (!commands.some((one) => one === command || one.startsWith(`${command} `))) return undefined;
    } else if (assigned !== undefined && commands === undefined) set[assigned] = text;
    else break;
  }
  const rest = args.slice(at).filter((word, index) => !(index === 1 && word === '--'));
  const words = started.length > 0 ? [...started, ...rest.slice(1)] : rest;
  return [{ words, variables: set }];
}

/** What a shell is given to run: one line, or for those of Windows the words themselves as well. */
function shellScript(
  args: readonly string[],
  option: RegExp,
  variables: Values,
  platform: 'linux' | 'win32',
): readonly StartedProgram[] {
  const at = args.findIndex((word) => option.test(word));
  const script = args[at + 1];
  if (at === -1 || script === undefined) return [];
  const isLine = platform === 'linux' || args.length === at + 2;
  return isLine
    ? scriptPrograms(script, variables, platform)
    : [{ words: args.slice(at + 1).map(braced), variables }];
}

const SEPARATOR = /^(?:&&?|\|\|?|;)$/;

/** The commands of a line for a shell, without what it sets, opens or closes. */
export function scriptPrograms(
  script: string,
  variables: Values,
  platform: 'linux' | 'win32',
): readonly StartedProgram[] {
  const commands: string[][] = [[]];
  for (const written of parseCommand(script, platform) ?? []) {
    const word = braced(written.replace(/;$/, ''));
    const isFirst = commands.at(-1)?.length === 0;
    if (SEPARATOR.test(written)) commands.push([]);
    else if (!(isFirst && /^(?:exec|command|call|start|&)$/.test(word)) && !/^\d*[<>]/.test(word)) {
      commands.at(-1)?.push(word);
    }
    if (written.endsWith(';')) commands.push([]);
  }
  return commands
    .filter((words) => words.length > 0)
    .map((words) => {
      const first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
      const set = words
        .slice(0, first === -1 ? words.length : first)
        .map((word) => /^(\w+)=(.*)$/s.exec(word));
      const own = Object.fromEntries(set.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
      return { words: words.slice(set.length), variables: { ...variables, ...own } };
    });
}

/** A variable that a shell fills in, in the one notation of those that are read here. */
function braced(word: string): string {
  return word
    .replace(/\$env:(\w+)/gi, '${$1}')
    .replace(/\$([A-Za-z_]\w*)/g, '${$1}')
    .replace(/%([A-Za-z_]\w{2,})%/g, '${$1}');
}
