import { isJsonObject } from '@mcpass/auth';
import { parseCommand } from '@mcpass/node/sign-in';
import { textOf, textsOf } from '../json-value.js';
import type { Values } from './host.js';

/**
 * The program of an entry and its arguments, whichever way the host writes them, and behind the shell that it may be
 * started by; empty for a remote server.
 */
export function wordsOf(entry: Values): readonly string[] {
  return unwrapped(writtenWords(entry));
}

/** The variables that an entry sets for its program. */
export function variablesOf(entry: Values): Values {
  const inner = isJsonObject(entry['command']) ? entry['command'] : entry;
  const variables = inner['env'] ?? inner['envs'] ?? inner['environment'];
  return isJsonObject(variables) ? variables : {};
}

function writtenWords(entry: Values): readonly string[] {
  const command = entry['command'] ?? entry['cmd'];
  if (Array.isArray(command)) return textsOf(command);
  // Zed's older way.
  const inner = isJsonObject(command) ? command : entry;
  const program = textOf(isJsonObject(command) ? command['path'] : command);
  return program === undefined ? [] : [program, ...textsOf(inner['args'])];
}

const SHELL = /(?:^|[/\\])(?:ba|da|fi|k|z)?sh(?:\.exe)?$/i;
const WINDOWS_SHELL = /(?:^|[/\\])cmd(?:\.exe)?$/i;
/** A whole line where the program should be: only those that we look for, since programs have blanks in their paths. */
const LINE = /(?:^|[/\\\s])(?:mcpass|mcp-remote)(?:@\S*)?\s/;

function unwrapped(words: readonly string[]): readonly string[] {
  const [program = '', ...args] = words;
  if (args.length === 0 && LINE.test(program)) return scriptWords(program, 'linux');
  const option = SHELL.test(program) ? /^-[a-z]*c$/ : WINDOWS_SHELL.test(program) ? /^\/[ck]$/i : undefined;
  const at = option === undefined ? -1 : args.findIndex((word) => option.test(word));
  const script = args[at + 1];
  if (at === -1 || script === undefined) return words;
  if (SHELL.test(program)) return scriptWords(script, 'linux');
  return args.length === at + 2 ? scriptWords(script, 'win32') : words;
}

function scriptWords(script: string, platform: string): readonly string[] {
  return (parseCommand(script, platform) ?? []).map((word) => word.replace(/;$/, ''));
}
