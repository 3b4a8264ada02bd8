/// <reference types="node" preserve="true" />
// For programs: the ports of a machine as one value, what it is made of, and the servers that the command knows. The
// packages of mcpass itself take the rest from subpaths, which may change with every version.
export { nodePorts } from './node-ports.js';
export type { NodePortsOptions } from './node-ports.js';

export { createFetch } from './fetch/system-fetch.js';
export type { FetchOptions } from './fetch/system-fetch.js';
export { systemClock } from './fetch/system-clock.js';
export { systemRandom } from './random.js';
export { createSignInTurns } from './sign-in/turns.js';
export type { SignInTurnsOptions } from './sign-in/turns.js';
export { createUser } from './sign-in/user.js';
export type { UserOptions } from './sign-in/callback-server.js';
export { openStore } from './stores/open-store.js';
export type { OpenedStore, OpenStoreOptions } from './stores/open-store.js';
export type { LocalStoreChoice, StoreChoice } from './stores/store-choice.js';

export type { Environment } from './environment.js';
export { findPaths } from './paths.js';
export type { Paths, PathsOptions } from './paths.js';
export { readSurroundings } from './surroundings.js';
export type { Surroundings, SurroundingsOptions } from './surroundings.js';

export type { Config, ConfiguredServer } from './config/config.js';
export { loadConfig } from './config/load.js';
export type { LoadOptions } from './config/load.js';
