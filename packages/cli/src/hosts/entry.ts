import { isJsonObject, plain, shownUrl } from '@mcpass/auth';
import { textOf } from '../json-value.js';
import { programOf, programsOf } from './command-words.js';
import type { Host, Values } from './host.js';
import { programName } from './started-programs.js';
import { tableAt } from './values.js';

/** One server in a host's file. */
export interface NamedEntry {
  readonly name: string;
  readonly entry: Values;
  /** Another one of this name stands in a table that counts more. */
  readonly isShadowed?: true;
}

/** The servers of a host, local ones too, those of the most special table first. */
export function entriesOf(host: Host, content: Values, cwd: string): readonly NamedEntry[] {
  const tables = [...(host.otherServers?.(content, cwd) ?? []), tableAt(content, host.container(content))];
  const entries: NamedEntry[] = [];
  for (const table of tables.filter(isJsonObject)) {
    const above = new Set(entries.map(({ name }) => name));
    for (const [name, entry] of Object.entries(table)) {
      if (isJsonObject(entry)) entries.push({ name, entry, ...(above.has(name) && { isShadowed: true }) });
    }
  }
  return entries;
}

const URL_KEYS = ['url', 'httpUrl', 'serverUrl', 'uri'] as const;
/** The types of entries that start a program. */
const LOCAL_TYPES: ReadonlySet<unknown> = new Set(['stdio', 'local', 'builtin', 'platform', 'inline_python']);

/** The address of a remote server, where the host would use one. */
export function urlOf(host: Host, entry: Values): string | undefined {
  if (isLocal(host, entry)) return undefined;
  return [...(host.addressKeys ?? []), ...URL_KEYS]
    .map((key) => textOf(entry[key]))
    .find((url) => url !== undefined);
}

/** Whether an entry has something else where its address should be. */
export function hasOddUrl(host: Host, entry: Values): boolean {
  if (isLocal(host, entry)) return false;
  return URL_KEYS.some((key) => entry[key] !== undefined && entry[key] !== null);
}

function isLocal({ prefersProgram }: Host, entry: Values): boolean {
  const { type, command, cmd } = entry;
  if (typeof type === 'string' && type !== '') return LOCAL_TYPES.has(type);
  return prefersProgram === true && (command ?? cmd) !== undefined;
}

/** Whether an entry starts our bridge. */
export function startsMcpass(entry: Values): boolean {
  return bridgedServer(entry) !== undefined;
}

/** The server that an entry bridges to. */
export function bridgedServer(entry: Values): string | undefined {
  for (const { words } of programsOf(entry)) {
    const bridge = words.indexOf('bridge');
    if (words.slice(0, Math.max(0, bridge)).some((word) => programName(word) === 'mcpass')) {
      return words[bridge + 1];
    }
  }
  return undefined;
}

/** Whether an entry ends as `connect` writes it: `--command` may have named a program that is called anything. */
export function bridgesTo(entry: Values, server: string): boolean {
  const [words = []] = programsOf(entry).map((program) => program.words);
  return words.some((word, index) => index > 0 && word === 'bridge' && words[index + 1] === server);
}

/** For people: the bare address, or the name of a program. Arguments may hold secrets, in one line with it too. */
export function describeEntry(host: Host, entry: Values): string {
  const url = urlOf(host, entry);
  if (url !== undefined) return shownUrl(url);
  const program = programOf(entry)?.replace(/\s(?:-|\S*(?::\/\/|[:=])).*$/s, '');
  if (program === undefined) return 'something that is no server';
  return startsMcpass(entry) ? 'another one of mcpass' : `the program ${plain(program, 200)}`;
}
