import type { User } from '@mcpass/auth';
import { openCallbackServer, type UserOptions } from './callback-server.js';
import { showCode } from './device-code.js';
import { signInObstacle } from './sign-in-check.js';

/**
 * The person at this machine: a loopback listener, a browser and a terminal. `receive` throws `login_required` where
 * nobody could answer ({@link signInObstacle}) and `port_in_use`.
 */
export function createUser(options: UserOptions): User {
  return {
    async receive(wish) {
      const obstacle = options.answeredElsewhere === true ? undefined : signInObstacle(options);
      if (obstacle !== undefined) throw obstacle;
      return openCallbackServer(options, wish);
    },
    showCode: (request) => showCode(request, options),
  };
}
