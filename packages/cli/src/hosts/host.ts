import type { ServerKeys } from '@mcpass/node/config';
import type { Launch } from './launch.js';

/** A file's content, or an entry of it, looked at without trusting its shape. */
export type Values = Readonly<Record<string, unknown>>;

/** Where a host's files are looked for. */
export interface Place {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `process.platform`. */
  readonly platform: string;
  /** The person's home directory, absolute. */
  readonly home: string;
}

/** A program that uses MCP servers, and the file in which it is told so. */
export interface Host {
  /** As on our command line. */
  readonly name: string;
  /** Other names that people type for it. */
  readonly also: readonly string[];
  readonly title: string;
  /** How it is started from a shell: found on the PATH, it is installed. */
  readonly programs: readonly string[];
  readonly format: 'json' | 'toml' | 'yaml';
  /** Its file for all projects; where it may have one of several names, the first that exists counts, else the last. */
  files(place: Place): readonly string[];
  /** The keys down to the table of servers, which depend on what the file holds already in one host. */
  container(content: Values): readonly string[];
  /** The key under which it keeps a server of this name; the name itself when absent. */
  key?(name: string): string;
  /** What makes it start the bridge. */
  entry(name: string, launch: Launch): Values;
  /** It starts programs without most variables, and an entry has no way to name one without its value. */
  readonly withholds?: true;
  /** Tables of servers besides the one that is written, most special first. */
  otherServers?(content: Values, cwd: string): readonly unknown[];
  /** Where it looks for the address of a remote server, first of all; the other keys of hosts count as well. */
  readonly addressKeys?: readonly string[];
  /** An entry with a program and an address, and no type, starts the program. */
  readonly prefersProgram?: true;
  /** What of the redirect URI is its own: a client that was registered for it is sent back there. */
  readonly redirect?: ServerKeys;
  /** What an entry sets is filled into its headers and its address. */
  readonly fillsIn?: true;
  /** How it writes "the value of this variable"; the name is the first group that matched. */
  readonly reference: RegExp;
}

/** `${NAME}` and `${NAME:-default}`. */
export const BRACED: RegExp = /\$\{(\w+)(?::-[^}]*)?\}/;
/** `${env:NAME}`. */
export const ENV_BRACED: RegExp = /\$\{env:(\w+)\}/;

/** The entry of the hosts that have three keys for a program. */
export function commandEntry({ command, args, env }: Launch): Values {
  return { command, args, ...(Object.keys(env).length > 0 && { env }) };
}

/** The same for a host that starts programs with a few variables of its own choice, or may do so. */
export function sparseEntry(launch: Launch): Values {
  return commandEntry({ ...launch, env: { ...launch.env, ...launch.sessionEnv } });
}
