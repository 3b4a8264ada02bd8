import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { credentialState, plain, quote, signInMode } from '@mcpass/auth';
import { type Command, defineCommand, SERVER } from '../command.js';
import type { Deps } from '../deps.js';
import { printFailure, usageError } from '../failure.js';
import { checkTransferable } from '../servers/bound-token.js';
import { openServer, type ServerAccess } from '../servers/server-access.js';
import { shellLine } from '../terminal/shell-word.js';

export interface ExecOptions {
  readonly server: string;
  readonly variable: string;
  readonly program: string;
  readonly words: readonly string[];
}

const TOKEN_VARIABLE = 'MCPASS_TOKEN';
const URL_VARIABLE = 'MCPASS_URL';

// As a shell ends (POSIX, XCU 2.8.2).
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNALLED = 128;

export const exec: Command = defineCommand<ExecOptions, number>({
  name: 'exec',
  summary: 'run a command with a fresh access token in its environment',
  about: [
    `The token is in ${TOKEN_VARIABLE} (or what --env names) and the address of the server in ${URL_VARIABLE}, and neither is in an argument, which other users of the machine could read. Where a sign-in is needed nothing is run, and it ends with exit code 4. Else signals and the exit code are those of the command; 127 where it is not found and 126 where it cannot be run, as in a shell. A token that runs out while the command runs is not replaced.`,
  ],
  examples: [
    { line: 'mcpass exec linear -- node agent.mjs' },
    { line: 'mcpass exec linear --env LINEAR_TOKEN -- python agent.py' },
  ],
  arguments: [
    SERVER,
    { name: 'command', summary: 'behind --, with its arguments', optional: true, variadic: true },
  ],
  options: [{ flags: '--env <name>', summary: `the variable for the token (default: ${TOKEN_VARIABLE})` }],
  parse(input) {
    const server = input.required('server');
    const words = input.behindDashes();
    const before = input.rest('command').slice(0, words === undefined ? undefined : -words.length);
    const [program = '', ...rest] = words ?? [];
    if (words === undefined || program === '' || words.length < input.rest('command').length) {
      const [first = 'COMMAND', ...more] = before;
      const line = plain(`mcpass exec ${shellLine(server, '--', first, ...more, ...(words ?? []))}`, 500);
      throw usageError('exec needs -- before the command that it runs.', { do: 'say', text: line });
    }
    const variable = input.option('env') ?? TOKEN_VARIABLE;
    if (!/^[A-Za-z_]\w*$/.test(variable)) {
      throw usageError(`--env takes the name of a variable, not "${variable}".`);
    }
    if (variable === URL_VARIABLE)
      throw usageError(`${URL_VARIABLE} is for the address: --env needs another.`);
    return { server, variable, program, words: rest };
  },
  async run({ server, variable, program, words }, deps) {
    const access = openServer(deps, server);
    // One that was inherited may be that of another server.
    const { [variable]: _, ...inherited } = deps.env;
    const token = await tokenOf(access, deps, variable);
    const env = {
      ...inherited,
      [URL_VARIABLE]: access.server.settings.url,
      ...(token !== undefined && { [variable]: token.reveal() }),
    };
    return runProgram(program, words, env, deps);
  },
});

/** Absent where the server wants none. */
async function tokenOf({ server, authorizer, name }: ServerAccess, { io }: Deps, variable: string) {
  const wantsNone =
    signInMode(server.settings) === 'none' ||
    (signInMode(server.settings) === 'oauth' &&
      credentialState(await authorizer.record(), Date.now()) === 'none');
  if (!wantsNone) {
    const token = await authorizer.accessToken();
    checkTransferable(token, name);
    return token.token;
  }
  io.say(`${plain(name)} is used without a sign-in: ${variable} is not set.`);
  return undefined;
}

async function runProgram(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  deps: Deps,
): Promise<number> {
  // A key that is pressed at a terminal reaches all programs there; a second time could mean more.
  const atTerminal = [0, 1, 2].some(isatty);
  let child: ChildProcess | undefined;
  // First: a signal may come with the first that it says.
  const takeBack = deps.handOver((signal) => {
    if (!(atTerminal && FROM_KEYS.has(signal))) child?.kill(signal);
  });
  try {
    child = spawn(program, words, { env, stdio: 'inherit' });
    const [code, signal] = await (once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>);
    return code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]);
  } catch (thrown) {
    return cannotRun(program, thrown, deps);
  } finally {
    takeBack();
  }
}

const FROM_KEYS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT']);

function cannotRun(program: string, thrown: unknown, deps: Deps): number {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (typeof code !== 'string') throw thrown;
  const missing = code === 'ENOENT';
  const why = missing ? 'was not found' : `cannot be run (${code})`;
  const message = `The command ${quote(program, 1_000)} ${why}.`;
  // What it ends with is the shell's and no code of ours.
  printFailure(deps.io, usageError(message), { command: 'exec', repeated: deps.globals, verbose: false });
  return missing ? NOT_FOUND : NOT_EXECUTABLE;
}
