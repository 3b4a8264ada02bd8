import { type Deps, silent } from '../deps.js';
import { openServer } from '../servers/server-access.js';
import { livePending } from '../servers/server-state.js';

/**
 * Whether a sign-in to the server was begun and can still be finished. For the words of an error: where it cannot be found
 * out, the sign-in is begun anew.
 */
export async function isSignInBegun(nameOrUrl: string, deps: Deps): Promise<boolean> {
  try {
    const { authorizer } = openServer(silent(deps), nameOrUrl, { disabled: true });
    return livePending(await authorizer.record(), Date.now()) !== undefined;
  } catch {
    return false;
  }
}
