import { plain } from '@mcpass/auth';
import { isObject, textOf, textsOf } from '../json-value.js';
import type { Host, Values } from './host.js';
import { tableAt } from './values.js';

/** One server in a host's file. */
export interface NamedEntry {
  readonly name: string;
  readonly entry: Values;
}

/** The servers of a host, local ones too. Where a name is in several tables, the most special counts. */
export function entriesOf(host: Host, content: Values, cwd: string): readonly NamedEntry[] {
  const tables = [...(host.otherServers?.(content, cwd) ?? []), tableAt(content, host.container(content))];
  const entries = new Map<string, Values>();
  for (const table of tables.filter(isObject)) {
    for (const [name, entry] of Object.entries(table)) {
      if (isObject(entry) && !entries.has(name)) entries.set(name, entry);
    }
  }
  return [...entries].map(([name, entry]) => ({ name, entry }));
}

/** The program of an entry and its arguments, whichever way the host writes them; empty for a remote server. */
export function wordsOf(entry: Values): readonly string[] {
  if (Array.isArray(entry['command'])) return textsOf(entry['command']);
  const command = textOf(entry['command']) ?? textOf(entry['cmd']);
  return command === undefined ? [] : [command, ...textsOf(entry['args'])];
}

/** The variables that an entry sets for its program. */
export function variablesOf(entry: Values): Values {
  const variables = entry['env'] ?? entry['envs'] ?? entry['environment'];
  return isObject(variables) ? variables : {};
}

/** The address of a remote server. */
export function urlOf(entry: Values): string | undefined {
  return ['url', 'httpUrl', 'serverUrl', 'uri']
    .map((key) => textOf(entry[key]))
    .find((url) => url !== undefined);
}

const MCPASS = /(?:^|[/\\])mcpass(?:@[^/\\]*)?(?:\.(?:js|cmd|exe))?$/;

/** Whether an entry starts our bridge. */
export function startsMcpass(entry: Values): boolean {
  return bridgedServer(entry) !== undefined;
}

/** The server that an entry bridges to. */
export function bridgedServer(entry: Values): string | undefined {
  const words = wordsOf(entry);
  const bridge = words.indexOf('bridge');
  return words.slice(0, Math.max(0, bridge)).some((word) => MCPASS.test(word))
    ? words[bridge + 1]
    : undefined;
}

/** For people: an address without its query, or the name of a program. Arguments may hold secrets. */
export function describeEntry(entry: Values): string {
  const url = urlOf(entry);
  if (url !== undefined) return plain(url.replace(/[?#].*$/s, ''), 200);
  const [program] = wordsOf(entry);
  if (program === undefined) return 'something that is no server';
  return startsMcpass(entry) ? 'another one of mcpass' : `the program ${plain(program, 200)}`;
}
