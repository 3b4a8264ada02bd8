import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createMachine, type Ended, type Machine, type RunOptions } from '../harness/command.js';
import { atTerminal } from '../harness/terminal.js';

/** A machine whose mcpass keeps its files where it does for everybody, with one server called `linear`. */
export interface HostMachine {
  /** The person's home directory. */
  readonly home: string;
  readonly machine: Machine;
  run(...words: readonly string[]): Promise<Ended>;
  runWith(options: RunOptions, ...words: readonly string[]): Promise<Ended>;
  /** A path below the home directory. */
  path(file: string): string;
  write(file: string, text: string): string;
  read(file: string): string;
  /** The copies that lie beside a file. */
  backups(file: string): readonly string[];
  /** mcpass's own configuration. */
  config(): string;
}

export const LINEAR = '[mcp_servers.linear]\nurl = "https://mcp.linear.app/mcp"\n';

export function createHostMachine(config: string = LINEAR): HostMachine {
  const machine = createMachine();
  const home = dirname(machine.home);
  const path = (file: string) => join(home, file);
  const write = (file: string, text: string) => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), text);
    return path(file);
  };
  const own = '.config/mcpass/config.toml';
  if (config !== '') write(own, config);
  const runWith = (options: RunOptions, ...words: readonly string[]) =>
    machine.runWith({ ...options, env: { MCPASS_HOME: '', ...options.env } }, ...words);
  return {
    home,
    machine,
    runWith,
    run: (...words) => runWith({}, ...words),
    path,
    write,
    read: (file) => readFileSync(path(file), 'utf8'),
    backups: (file) => backupsOf(path(file)),
    config: () => (existsSync(path(own)) ? readFileSync(path(own), 'utf8') : ''),
  };
}

export function backupsOf(file: string): readonly string[] {
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}.mcpass-backup-`))
    .map((name) => join(dirname(file), name))
    .toSorted();
}

/** A directory that ends with the test. */
export function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mcpass-hosts-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs the command at a terminal, in the folder of the work, and answers each question with a line of what is typed. */
export async function answeringAtTerminal(
  { machine }: HostMachine,
  line: string,
  typed: string,
): Promise<string> {
  const answers = typed.split('\n').slice(0, -1);
  const shown = await atTerminal(
    machine,
    line.split(' '),
    answers.map((answer) => ['[y/N] ', answer] as const),
    { cwd: join(dirname(machine.home), 'work'), env: { ...NO_AGENT, MCPASS_HOME: '' } },
  );
  return shown.replaceAll('\r', '');
}

const NO_AGENT = { CI: '', CLAUDECODE: '', CURSOR_AGENT: '', GEMINI_CLI: '', AI_AGENT: '' };
