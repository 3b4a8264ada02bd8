import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

/** Bytes of a key: AES-256. */
export const KEY_BYTES = 32;

/** What seals records: a key that prints nothing, and the name that sealed files know it by. */
export interface SealKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** A name for a new key. Says nothing about the key. */
export function newKeyId(): string {
  return randomBytes(8).toString('hex');
}

/** Throws when the bytes are not as many as a key has. */
export function sealKey(id: string, bytes: Uint8Array): SealKey {
  if (bytes.length !== KEY_BYTES) throw new Error(`a key of ${bytes.length} bytes`);
  return { id, key: createSecretKey(bytes) };
}

/** Kept beside the records: tells a wrong key from a damaged record, and gives nothing of the key away. */
export function checkValue({ key }: SealKey): string {
  return createHmac('sha256', key).update('mcpass key check').digest('base64');
}

export function matchesCheck(key: SealKey, check: string): boolean {
  const [ours, theirs] = [Buffer.from(checkValue(key)), Buffer.from(check)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
