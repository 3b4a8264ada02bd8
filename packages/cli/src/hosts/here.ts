import { join } from 'node:path';
import { homeDirectory, type Paths } from '@mcpass/node/paths';
import type { Deps } from '../deps.js';
import type { Place } from './host.js';

/** This machine, for who looks for the files of hosts. */
export function herePlace({ env }: Deps): Place {
  return { env, platform: process.platform, home: homeDirectory() };
}

/** Where those lock that change the file of a host. */
export function hostLockDirectory({ state }: Paths): string {
  return join(state, 'locks');
}
