import type { DeviceRequest, SignInBegun, User } from '@mcpass/auth';
import { checkAddress } from '@mcpass/node/sign-in';
import type { Deps } from '../deps.js';
import { isoTime } from '../terminal/moment.js';

/** What a program gets to know of a code that somebody has to enter. */
export function codeJson(device: SignInBegun['device'] & object, expiresAtS: number): object {
  const { userCode, verificationUri, verificationUriComplete: complete } = device;
  return {
    state: 'pending',
    userCode,
    verificationUri: checkAddress(verificationUri).href,
    ...(complete !== undefined && { verificationUriComplete: checkAddress(complete).href }),
    expiresAt: isoTime(expiresAtS),
  };
}

/** The person, with the code on standard output for the program that asked for JSON: the result is the line after it. */
export function tellingCode(user: User, { io }: Deps): User {
  if (!io.json) return user;
  return {
    ...user,
    async showCode(request: DeviceRequest) {
      io.outJsonLine(codeJson(request, Math.floor((Date.now() + request.timeoutMs) / 1000)));
      await user.showCode?.(request);
    },
  };
}
