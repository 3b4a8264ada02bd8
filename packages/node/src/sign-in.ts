/// <reference types="node" preserve="true" />
export { parseCommand } from './sign-in/command-line.js';
export type { Command } from './sign-in/command-line.js';
export { checkAddress } from './sign-in/conversation.js';
export { signInObstacle } from './sign-in/sign-in-check.js';
export type { SignInCheckOptions } from './sign-in/sign-in-check.js';
export { createSignInOffer } from './sign-in/offer.js';
export type { SignInOffer, SignInOfferOptions } from './sign-in/offer.js';
export { redirectToRegister } from './sign-in/redirect-uri.js';
export { createSignInTurns } from './sign-in/turns.js';
export type { SignInTurnsOptions } from './sign-in/turns.js';
export { createUser } from './sign-in/user.js';
export type { UserOptions } from './sign-in/callback-server.js';
