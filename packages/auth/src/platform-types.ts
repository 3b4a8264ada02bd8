/*
 * The platform's own types that our declarations name. They merge with those of the DOM or of Node where a program has
 * them, and keep the declarations valid where it has neither.
 */
declare global {
  interface AbortSignal {}
  interface CryptoKey {}
  interface Headers {}
  interface Request {}
  interface RequestInit {}
  interface Response {}
  interface URL {}
  interface URLSearchParams {}
}

/** `fetch`, as the program's own declarations have it. */
export type Fetch = typeof globalThis extends { fetch: infer F }
  ? F
  : (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
