export { parseCommand } from './sign-in/command-line.js';
export type { Command } from './sign-in/command-line.js';
export { checkAddress } from './sign-in/notice.js';
export { canSignIn, signInObstacle } from './sign-in/sign-in-check.js';
export type { SignInCheckOptions } from './sign-in/sign-in-check.js';
export { createSignInTurns } from './sign-in/turns.js';
export type { SignInTurnsOptions } from './sign-in/turns.js';
export { createUser } from './sign-in/user.js';
export type { UserOptions } from './sign-in/reception.js';
