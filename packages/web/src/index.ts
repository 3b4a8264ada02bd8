export { createSignInRoutes } from './routes.js';
export type { SignInNeeded, SignInPlace, SignInRoutes, SignInRoutesOptions } from './routes.js';
