import { isJsonObject } from '@mcpass/auth';
import { textOf, textsOf } from '../json-value.js';
import type { Values } from './host.js';
import { isShell, scriptPrograms, type StartedProgram, startedPrograms } from './started-programs.js';

/** The programs that an entry starts, outermost first, whichever way the host writes them; none for a remote server. */
export function programsOf(entry: Values): readonly StartedProgram[] {
  const words = writtenWords(entry);
  const variables = variablesOf(entry);
  const [line = ''] = words;
  const started =
    words.length === 1 && LINE.test(line) ? scriptPrograms(line, variables, 'linux') : [{ words, variables }];
  return started.flatMap(startedPrograms);
}

/** For people: the program of an entry, or the one that a shell starts for it. */
export function programOf(entry: Values): string | undefined {
  const programs = programsOf(entry).flatMap(({ words: [program] }) => program ?? []);
  return programs.find((program) => !isShell(program)) ?? programs[0];
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

/** A whole line where the program should be: only those that we look for, since programs have blanks in their paths. */
const LINE = /(?:^|[/\\\s])(?:mcpass|mcp-remote|mcp-proxy|supergateway)(?:@\S*)?\s/;
