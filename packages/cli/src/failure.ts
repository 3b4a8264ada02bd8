import { didYouMean, findMcpassError, McpassError, plain, quote, type Remedy } from '@mcpass/auth';
import { exitCodeOf, type ExitCode } from './exit.js';
import type { Io } from './terminal/io.js';
import { printableJson } from './terminal/printable-json.js';
import { nextCommand, type Repeated, signInCommand } from './terminal/next-command.js';
import { shellWord } from './terminal/shell-word.js';
import { whole, withBlanks } from './terminal/wrap.js';

/** What an error is shown with: what the person had asked for. */
export interface FailureContext {
  /** The server as the person named it. */
  readonly server?: string | undefined;
  readonly command?: string | undefined;
  /** What a command to run has to repeat. */
  readonly repeated: Repeated;
  /** A sign-in to the server was begun and can still be finished. */
  readonly begun?: boolean;
  /** The configuration file that a line would be pasted into. */
  readonly configFile?: string | undefined;
  /** The redirect URI of a client that is still to be made. */
  readonly redirect?: string | undefined;
  readonly verbose: boolean;
}

export function usageError(message: string, remedy?: Remedy): McpassError {
  // It repeats what was typed, which may have come from anywhere, and may be an address with a password in it.
  return new McpassError('usage', plain(message.replace(/:\/\/[^/?#\s"]*@/g, '://…@'), 1_000), {
    step: 'config',
    fault: 'yours',
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Whatever the command has done, its answer is lost. */
export function unwrittenError(cause: Error): McpassError {
  return new McpassError('internal', `Standard output cannot be written: ${plain(cause.message)}.`, {
    step: 'config',
    fault: 'yours',
    cause,
  });
}

/** The same error in other words. */
export function reworded(error: McpassError, message: string): McpassError {
  const { code, step, fault, remedy, facts } = error;
  const details = { step, fault, facts, cause: error, ...(remedy !== undefined && { remedy }) };
  return new McpassError(code, message, details);
}

/** What was thrown, as one of our errors. The first of ours in the chain of causes says more than its wrapping. */
export function asMcpassError(thrown: unknown): McpassError {
  const ours = findMcpassError(thrown);
  if (ours !== undefined) return ours;
  const system = systemError(thrown);
  if (system !== undefined) {
    return new McpassError('internal', system, { step: 'config', fault: 'yours', cause: thrown });
  }
  const words = thrown instanceof Error ? errorWords(thrown) : String(thrown);
  return new McpassError('internal', `Something unexpected happened: ${quote(words)}`, {
    step: 'session',
    fault: 'ours',
    remedy: { do: 'say', text: 'report it, with the file that --trace FILE writes' },
    cause: thrown,
  });
}

// A TypeError of fetch or Headers may have the value of a header in its words, and that may be a secret.
function errorWords(error: Error): string {
  const isOfFetch =
    error instanceof TypeError &&
    (/[\\/]undici[-\\/]/.test(error.stack ?? '') ||
      /\b(?:header|headers|bytestring|url)\b/i.test(error.message));
  return isOfFetch ? 'TypeError: a request could not be put together' : `${error.name}: ${error.message}`;
}

// Failures of the operating system (a full disk, a directory that may not be written) are nobody's bug.
function systemError(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) return undefined;
  const path = 'path' in thrown && typeof thrown.path === 'string' ? ` ${plain(thrown.path)}` : '';
  return `${String(thrown.syscall)}${path}: ${plain(thrown.message)}`;
}

/** Shows an error, at most four lines: what happened, at which step, what to do, where to look. */
export function printFailure(io: Io, error: McpassError, context: FailureContext): ExitCode {
  if (io.json) {
    io.complain(printableJson({ schema: 1, error: failureJson(error, context) }));
  } else {
    for (const line of failureLines(error, context, (text) => io.paint('red', text, 'stderr'))) {
      io.complain(line);
    }
  }
  return exitCodeOf(error.code);
}

function failureJson(error: McpassError, context: FailureContext): Record<string, string> {
  const remedy = remedyText(error, context);
  const { text, address } = remedy ?? {};
  const next =
    (address === undefined ? text : text?.replace('this address', () => address)) ??
    placeToLook(error, context);
  const { redirect } = context;
  const hint =
    redirect === undefined || next === undefined
      ? next
      : `redirect URI to register: ${redirect}; then ${next}`;
  return {
    code: error.code,
    step: error.step,
    fault: error.fault,
    message: error.message,
    ...(hint === undefined ? {} : { hint: withBlanks(hint) }),
  };
}

const FAULT_WORDS = {
  yours: '',
  server: ", the server's fault",
  network: ', on the network',
  ours: ', a fault of mcpass',
} as const;

function failureLines(
  error: McpassError,
  context: FailureContext,
  paint: (text: string) => string = (text) => text,
): string[] {
  // Whoever pressed the key knows the rest.
  if (error.code === 'interrupted') return [error.message];
  const lines = [`${paint('error:')} ${error.message}`];
  // Whoever makes a client is helped by what the provider's form asks for, and not by the step.
  if (context.redirect !== undefined) lines.push(`  redirect URI to register:  ${context.redirect}`);
  // Where the message says it all: which word or which line is wrong, that nobody has signed in, what the tool says.
  else if (error.step !== 'config' && !EVIDENT.has(error.code))
    lines.push(`  step:  ${error.step}${FAULT_WORDS[error.fault]}`);
  const remedy = remedyText(error, context);
  if (remedy !== undefined) {
    const { label, text, address } = remedy;
    lines.push(`  ${`${label}:`.padEnd(6)} ${label === 'run' ? whole(text) : text}`);
    if (address !== undefined) lines.push(address);
  }
  const where = placeToLook(error, context);
  if (where !== undefined) lines.push(`  see:   ${where}`);
  return lines;
}

// Codes whose message says everything there is to see.
const EVIDENT = new Set([
  'config_invalid',
  'login_required',
  'interrupted',
  'tool_failed',
  'tool_unknown',
  'port_in_use',
]);

function placeToLook(error: McpassError, context: FailureContext): string | undefined {
  if (error.code === 'usage' && context.command !== undefined && context.command !== 'help')
    return `mcpass help ${context.command}`;
  if (error.code === 'usage') return 'mcpass help';
  if (error.step === 'config' || context.verbose || EVIDENT.has(error.code)) return undefined;
  return 'the same command with --debug';
}

export interface RemedyText {
  readonly label: 'run' | 'add' | 'do';
  readonly text: string;
  /** What the text names as "this address": for people alone on its line, to be opened or copied. */
  readonly address?: string;
}

/** The one thing to do, as it would be typed or pasted. */
export function remedyText(error: McpassError, context: FailureContext): RemedyText | undefined {
  const { server } = error.facts;
  const about = { ...context, server: context.server ?? (typeof server === 'string' ? server : undefined) };
  // One that asks for a sign-in is about one that was made before the client moved.
  const isAhead = error.code === 'client_issuer_mismatch' && error.remedy?.do !== 'sign_in';
  if (isAhead && about.server !== undefined) {
    const move = moveCommand(error, about);
    if (move !== undefined) return move;
  }
  if (error.remedy !== undefined) return remedyWords(error.remedy, about, error.facts['kept'] === true);
  if (error.code === 'tool_unknown') return toolHint(error, context);
  return error.code === 'server_unknown' ? serverHint(context) : undefined;
}

/** A client goes elsewhere only where somebody says so, naming both. */
function moveCommand({ facts }: McpassError, { server, repeated }: FailureContext): RemedyText | undefined {
  const { expected, received } = facts;
  if (typeof expected !== 'string' || typeof received !== 'string') return undefined;
  const move = ['--client-from', expected, '--client-to', received];
  const command = nextCommand(repeated, 'login', server ?? '', ...move);
  return { label: 'do', text: `only if whoever runs the server says that this is right: ${whole(command)}` };
}

function toolHint({ facts }: McpassError, { server = 'SERVER', repeated }: FailureContext): RemedyText {
  const { tool, tools } = facts;
  const near =
    typeof tool === 'string' && typeof tools === 'object' ? didYouMean(tool, tools).trimStart() : '';
  const list = `${whole(nextCommand(repeated, 'tools', server))} lists them`;
  return { label: 'do', text: near === '' ? list : `${near} ${list}` };
}

function serverHint({ repeated }: FailureContext): RemedyText {
  const [list, add] = [nextCommand(repeated, 'list'), nextCommand(repeated, 'add', 'NAME', 'URL')];
  return { label: 'do', text: `${whole(list)} shows the servers; ${whole(add)} adds one` };
}

/** A remedy in the words of the command line. */
export function remedyWords(remedy: Remedy, context: FailureContext, kept: boolean = false): RemedyText {
  switch (remedy.do) {
    case 'sign_in':
      return {
        label: 'run',
        text: signInCommand(context.repeated, context.server ?? 'SERVER', {
          ...remedy,
          begun: context.begun,
        }),
      };
    case 'finish_sign_in': {
      const next = signInCommand(context.repeated, context.server ?? 'SERVER', { begun: true });
      const text = `open this address and then run: ${whole(next)}`;
      return { label: 'do', text, address: remedy.authorizationUrl };
    }
    case 'configure':
      return remedy.key === 'oauth.client_id' && URL.canParse(context.server ?? '')
        ? { label: 'run', text: addClientCommand(context.server ?? 'URL', context.repeated) }
        : { label: 'add', text: configureText(remedy, context) };
    case 'retry_later': {
      const when = remedy.afterSeconds === undefined ? 'later' : `in ${remedy.afterSeconds} s`;
      // Said by those who know: of a store that failed in the middle of a refresh it would not be true.
      return { label: 'do', text: `try again ${when}${kept ? '; the sign-in is kept' : ''}` };
    }
    default:
      return { label: 'do', text: remedy.text };
  }
}

/** A server that is only a URL has no block to write a client into: it gets one. */
function addClientCommand(url: string, repeated: Repeated): string {
  const add = ['add', 'NAME', url, '--client-id', 'ID', '--client-secret-env', 'VARIABLE'];
  return `${nextCommand(repeated, ...add)}, then: ${signInCommand(repeated, 'NAME')}`;
}

export function configureText(
  remedy: Extract<Remedy, { do: 'configure' }>,
  context: Pick<FailureContext, 'server' | 'configFile'>,
): string {
  const line = `${remedy.key} = ${remedy.value}`;
  const { server, configFile } = context;
  if (remedy.key === 'credentials_store') {
    return `${line}   (at the top of ${configFile === undefined ? 'the configuration' : shellWord(configFile)})`;
  }
  if (server === undefined) return line;
  // A URL has no block of its own to paste into.
  if (URL.canParse(server)) return `-c ${shellWord(line.replace(' = ', '='))} to the command`;
  const table = `[mcp_servers.${/^[\w-]+$/.test(server) ? server : JSON.stringify(server)}]`;
  return `${line}   (under ${table} in ${configFile === undefined ? 'the configuration' : shellWord(configFile)})`;
}
