import { existsSync } from 'node:fs';
import { release } from 'node:os';
import type { McpassError, SignInTurns, User } from '@mcpass/auth';
import { loadConfig, type Config } from '@mcpass/node/config';
import type { Paths } from '@mcpass/node/paths';
import { createSignInTurns, createUser, signInObstacle } from '@mcpass/node/sign-in';
import { readSurroundings } from '@mcpass/node/surroundings';
import { locatePaths } from '../servers/configuration.js';
import type { Deps } from '../deps.js';
import { fleetTurns } from '../servers/fleet-store.js';

export interface PersonOptions {
  /** The configured name of the server, for the first line of the conversation. */
  readonly name?: string | undefined;
  readonly browser?: string | undefined;
  readonly noBrowser?: boolean;
  /** A pasted address may come through a pipe. */
  readonly pasteWithoutTerminal?: boolean;
  /** What comes of it where nobody can answer; waits when absent. */
  readonly unattended?: 'given_up' | 'begun';
  /** The command that signs in by a code on any device, where it is to be offered. */
  readonly deviceCommand?: string;
  /** The address is carried to a person by whoever runs this. */
  readonly answeredElsewhere?: boolean;
  /** Where the words go of a command that keeps a log and whose input belongs to somebody else: a line or two. */
  readonly log?: ((line: string) => void) | undefined;
}

/** The person who signs in, if there can be one here. */
export interface Person {
  /** Why nobody could answer a sign-in. */
  readonly obstacle: McpassError | undefined;
  /** Where nobody could answer, asking fails with the obstacle. */
  readonly user: User;
}

/** Other processes wait for the sign-in of this one, and this one for theirs, where they share it; with a word about it. */
export function takeTurns(
  deps: Pick<Deps, 'env'>,
  config: Config,
  paths: Paths,
  say: (line: string) => void,
): SignInTurns | undefined {
  if (config.credentialsStore === 'postgres') return fleetTurns(deps);
  return config.credentialsStore === 'memory' ? undefined : createSignInTurns({ paths, say });
}

export function findPerson(deps: Deps, { log, ...options }: PersonOptions = {}): Person {
  const { io, env, globals } = deps;
  const surroundings = readSurroundings({
    env,
    platform: process.platform,
    terminal: io.streams.stdin.isTTY === true,
    kernel: release(),
    containerFile: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
  });
  const user = createUser({
    // Not `say`: even with --quiet the address has to be seen.
    say: log ?? ((line) => io.complain(line)),
    brief: log !== undefined,
    account: globals.account,
    columns: io.errIsTerminal && log === undefined ? io.streams.stderr.columns : undefined,
    surroundings,
    env,
    // Its warnings were said when the server was looked up.
    secretVariables: () =>
      loadConfig({
        paths: locatePaths(deps),
        env,
        cwd: process.cwd(),
        overrides: globals.overrides,
      }).secretVariables(),
    ...options,
    ...(globals.input && log === undefined ? { input: io.streams.stdin } : {}),
  });
  return { obstacle: signInObstacle({ surroundings, env, browser: options.browser }), user };
}
