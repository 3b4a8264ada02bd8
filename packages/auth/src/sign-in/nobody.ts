import { McpassError } from '../errors.js';

/** Where no person is, a sign-in that needs one does not begin. */
export function nobodyToAsk(): McpassError {
  return new McpassError('login_required', 'A sign-in is needed, and there is nobody here to ask.', {
    step: 'authorization',
    fault: 'yours',
    remedy: { do: 'sign_in' },
  });
}
