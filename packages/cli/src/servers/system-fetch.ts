import type { Fetch } from '@mcpass/auth';
import { createFetch } from '@mcpass/node/fetch';
import type { Deps } from '../deps.js';

/**
 * The command's way to the network: through the proxies that the environment names, and straight with as little as it takes.
 * `patienceMs` is how long whoever asks waits for an answer.
 */
export function createSystemFetch({ env }: Pick<Deps, 'env'>, patienceMs: number = 0): Fetch {
  const straight = async (): Promise<Fetch> => (await import('./straight-fetch.js')).straightFetch;
  return createFetch({ env, patienceMs, straight });
}
