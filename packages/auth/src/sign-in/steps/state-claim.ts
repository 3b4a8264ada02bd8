import { McpassError } from '../../errors.js';
import type { SignInContext } from '../context.js';
import type { Requested } from './authorization.js';

/**
 * Takes a sign-in that was begun out of the record before its code is redeemed: a code that is sent twice revokes the
 * grant (RFC 6749 section 4.1.2), and two processes may have come back with it.
 */
export async function claim({ state }: Requested, { ports, key }: SignInContext): Promise<object> {
  await ports.store.update(key, async (current) => {
    const pending = current?.pending;
    const isThis = pending?.device === undefined && pending?.state.reveal() === state;
    if (current === undefined || !isThis) {
      throw new McpassError(
        'usage',
        'This sign-in has been finished already, or another one was begun since.',
        {
          step: 'authorization',
          fault: 'yours',
          remedy: { do: 'sign_in' },
        },
      );
    }
    const { pending: _, ...rest } = current;
    return rest;
  });
  return {};
}
