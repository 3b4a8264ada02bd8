import { randomBytes } from 'node:crypto';

/** Cryptographically strong bytes. */
export function systemRandom(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}
