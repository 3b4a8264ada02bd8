export * from './config.js';
export type { Environment } from './environment.js';
export * from './fetch.js';
export { findPaths } from './paths.js';
export type { Paths, PathsOptions } from './paths.js';
export * from './sign-in.js';
export * from './stores.js';
export { readSurroundings } from './surroundings.js';
export type { Surroundings, SurroundingsOptions } from './surroundings.js';
