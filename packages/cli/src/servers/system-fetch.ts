import type { Fetch } from '@mcpass/auth';
import { type Connecting, createFetch } from '@mcpass/node/fetch';
import type { Deps } from '../deps.js';

/**
 * The command's way to the network on behalf of one server: through the proxies that the environment names, and straight with
 * as little as it takes. `patienceMs` is how long whoever asks waits for an answer.
 */
export function createSystemFetch(
  { env }: Pick<Deps, 'env'>,
  connecting: Connecting | undefined,
  patienceMs: number = 0,
): Fetch {
  let made: Promise<Fetch> | undefined;
  const straight = (): Promise<Fetch> =>
    (made ??= import('./straight-fetch.js').then(({ createStraightFetch }) =>
      createStraightFetch(createFetch({ env, connecting }), connecting),
    ));
  return createFetch({ env, connecting, patienceMs, straight });
}
