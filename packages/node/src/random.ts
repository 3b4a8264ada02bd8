/** Cryptographically strong bytes. WebCrypto is there anyway; Node's own module for it costs every start 2 ms. */
export function systemRandom(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** As many random bytes, as text for names. */
export function randomHex(length: number): string {
  return Buffer.from(systemRandom(length)).toString('hex');
}
