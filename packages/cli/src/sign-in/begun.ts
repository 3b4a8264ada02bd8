import type { Deps } from '../deps.js';
import { openServer } from '../servers/server-access.js';
import { livePending } from '../servers/server-state.js';

/**
 * Whether a sign-in to the server was begun and can still be finished. For the words of an error: where it cannot be found
 * out, the sign-in is begun anew.
 */
export async function isSignInBegun(nameOrUrl: string, deps: Deps): Promise<boolean> {
  // Everything has been said, and nobody is asked anything: the command is over.
  const quiet: Deps = { ...deps, io: { ...deps.io, canAsk: false, say: () => undefined } };
  try {
    const { authorizer } = openServer(quiet, nameOrUrl, { disabled: true });
    return livePending(await authorizer.record(), Date.now()) !== undefined;
  } catch {
    return false;
  }
}
