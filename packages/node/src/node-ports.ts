import { existsSync } from 'node:fs';
import { release } from 'node:os';
import type { Observe, Ports } from '@mcpass/auth';
import { type ConnectingServer, createConnecting } from './fetch/connecting.js';
import { createFetch } from './fetch/system-fetch.js';
import { systemClock } from './fetch/system-clock.js';
import { systemRandom } from './random.js';
import { findPaths, homeDirectory } from './paths.js';
import { createSignInTurns } from './sign-in/turns.js';
import { createUser } from './sign-in/user.js';
import { createClientBindings } from './stores/client-bindings.js';
import { openStore } from './stores/open-store.js';
import type { LocalStoreChoice } from './stores/store-choice.js';
import { readSurroundings } from './surroundings.js';

export interface NodePortsOptions {
  /**
   * The server that they are for, as `loadConfig` gives it, or with its address alone: its certificates are used, and the name of
   * no public server leads into the private network.
   */
  readonly server?: ConnectingServer;
  /** `auto` when absent: the credentials that the command keeps, so that one sign-in serves both. */
  readonly store?: LocalStoreChoice;
  /** Where the conversation of a sign-in goes, line by line; standard error when absent. */
  readonly say?: (line: string) => void;
  /** Sees everything that happens; already redacted. */
  readonly observe?: Observe;
}

/** The ports of the engine for a program on Node: the machine's clock, network, browser and credentials. */
export function nodePorts(options: NodePortsOptions = {}): Ports {
  const { env, platform, stdin, stderr } = process;
  const paths = findPaths({ env, platform, home: homeDirectory(), cwd: process.cwd() });
  const surroundings = readSurroundings({
    env,
    platform,
    terminal: stdin.isTTY,
    kernel: release(),
    containerFile: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
  });
  const say = options.say ?? ((line: string) => void stderr.write(`${line}\n`));
  const store = openStore({ choice: options.store ?? 'auto', paths, env });
  return {
    fetch: createFetch({ env, connecting: createConnecting(env, options.server) }),
    clock: systemClock,
    random: systemRandom,
    store,
    clients: createClientBindings(paths, store.kind),
    user: createUser({ say, surroundings, env }),
    // What only this process knows is nothing that others wait for.
    ...(options.store !== 'memory' && { turns: createSignInTurns({ paths, say }) }),
    observe: options.observe ?? (() => undefined),
  };
}
