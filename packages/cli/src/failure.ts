import { findMcpassError, McpassError, plain, type ErrorDetails, type Remedy } from '@mcpass/auth';
import { exitCodeOf, type ExitCode } from './exit.js';
import type { Io } from './io.js';
import { shellLine, shellWord } from './shell-word.js';

/** What an error is shown with: what the person had asked for. */
export interface FailureContext {
  /** The server as the person named it. */
  readonly server?: string | undefined;
  readonly command?: string | undefined;
  /** The configuration file that a line would be pasted into. */
  readonly configFile?: string | undefined;
  readonly verbose: boolean;
}

export function usageError(message: string, remedy?: Remedy): McpassError {
  // It repeats what was typed, which may have come from anywhere.
  return new McpassError('usage', plain(message, 1_000), {
    step: 'config',
    fault: 'yours',
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** What was thrown, as one of our errors. The first of ours in the chain of causes says more than its wrapping. */
export function asMcpassError(thrown: unknown): McpassError {
  const ours = findMcpassError(thrown);
  if (ours !== undefined) return ours;
  const system = systemError(thrown);
  const details: ErrorDetails = {
    step: 'config',
    fault: system === undefined ? 'ours' : 'yours',
    cause: thrown,
  };
  const message =
    system ?? (thrown instanceof Error ? plain(thrown.message, 500) : plain(String(thrown), 500));
  return new McpassError('internal', message, details);
}

// Failures of the operating system (a full disk, a directory that may not be written) are nobody's bug.
function systemError(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) return undefined;
  const path = 'path' in thrown && typeof thrown.path === 'string' ? ` ${plain(thrown.path)}` : '';
  return `${String(thrown.syscall)}${path}: ${plain(thrown.message)}`;
}

/** Shows an error, at most four lines: what happened, at which step, where to look, what to do. */
export function printFailure(io: Io, error: McpassError, context: FailureContext): ExitCode {
  if (io.json) {
    io.complain(JSON.stringify({ schema: 1, error: failureJson(error, context) }));
  } else {
    for (const line of failureLines(error, context, (text) => io.paint('red', text, 'stderr'))) {
      io.complain(line);
    }
  }
  return exitCodeOf(error.code);
}

function failureJson(error: McpassError, context: FailureContext): Record<string, string> {
  const hint = remedyText(error, context)?.text ?? placeToLook(error, context);
  return {
    code: error.code,
    step: error.step,
    fault: error.fault,
    message: error.message,
    ...(hint === undefined ? {} : { hint }),
  };
}

const FAULT_WORDS = {
  yours: '',
  server: ", the server's fault",
  network: ', on the network',
  ours: ', a fault of mcpass',
} as const;

export function failureLines(
  error: McpassError,
  context: FailureContext,
  paint: (text: string) => string = (text) => text,
): string[] {
  const lines = [`${paint('error:')} ${error.message}`];
  // At this step the message has already said which word or which line is wrong.
  if (error.step !== 'config') lines.push(`  step:  ${error.step}${FAULT_WORDS[error.fault]}`);
  const where = placeToLook(error, context);
  if (where !== undefined) lines.push(`  see:   ${where}`);
  const remedy = remedyText(error, context);
  if (remedy !== undefined) lines.push(`  ${`${remedy.label}:`.padEnd(6)} ${remedy.text}`);
  return lines;
}

// Codes whose message says everything there is to see.
const EVIDENT = new Set(['login_required', 'interrupted', 'tool_failed', 'tool_unknown', 'port_in_use']);

function placeToLook(error: McpassError, context: FailureContext): string | undefined {
  if (error.code === 'usage' && context.command !== undefined) return `mcpass help ${context.command}`;
  if (error.code === 'usage') return 'mcpass help';
  if (error.step === 'config' || context.verbose || EVIDENT.has(error.code)) return undefined;
  return 'the same command with --debug';
}

interface RemedyText {
  readonly label: 'run' | 'add' | 'do';
  readonly text: string;
}

function remedyText({ remedy }: McpassError, context: FailureContext): RemedyText | undefined {
  return remedy === undefined ? undefined : instruction(remedy, context);
}

function instruction(remedy: Remedy, context: FailureContext): RemedyText {
  switch (remedy.do) {
    case 'sign_in':
      return { label: 'run', text: signInCommand(context.server ?? 'SERVER', remedy) };
    case 'configure':
      return { label: 'add', text: configureText(remedy, context) };
    case 'retry_later': {
      const when = remedy.afterSeconds === undefined ? 'later' : `in ${remedy.afterSeconds} s`;
      return { label: 'do', text: `try again ${when}; nothing was lost` };
    }
    default:
      return { label: 'do', text: remedy.text };
  }
}

export function signInCommand(
  server: string,
  wish: { readonly scopes?: readonly string[]; readonly force?: boolean } = {},
): string {
  const scopes =
    wish.scopes === undefined || wish.scopes.length === 0 ? [] : ['--scopes', wish.scopes.join(',')];
  return shellLine('mcpass', 'login', server, ...scopes, ...(wish.force === true ? ['--force'] : []));
}

function configureText(remedy: Extract<Remedy, { do: 'configure' }>, context: FailureContext): string {
  const line = `${remedy.key} = ${remedy.value}`;
  const { server, configFile } = context;
  if (server === undefined) return line;
  // A URL has no block of its own to paste into.
  if (URL.canParse(server)) return `-c ${shellWord(line.replace(' = ', '='))} to the command`;
  const table = `[mcp_servers.${/^[\w-]+$/.test(server) ? server : JSON.stringify(server)}]`;
  return `${line}   under ${table} in ${configFile === undefined ? 'the configuration' : shellWord(configFile)}`;
}
