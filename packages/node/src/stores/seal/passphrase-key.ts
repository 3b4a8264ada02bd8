import { randomBytes, scrypt } from 'node:crypto';
import { objectIn, type Secret } from '@mcpass/auth';
import { KEY_BYTES, sealKey, type SealKey } from './seal-key.js';

/** How a key is made of a passphrase (RFC 7914). */
export interface ScryptParameters {
  readonly name: 'scrypt';
  readonly n: number;
  readonly r: number;
  readonly p: number;
  /** Base64. */
  readonly salt: string;
}

/** OWASP's first choice for scrypt: 128 MiB and a third of a second. */
const COST = { n: 2 ** 17, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
/** Bytes that the parameters of a file may ask for: whoever writes it must not be able to fill the memory. */
const MEMORY_LIMIT = 1024 ** 3;

export function newScryptParameters(): ScryptParameters {
  return { name: 'scrypt', ...COST, salt: randomBytes(SALT_BYTES).toString('base64') };
}

/** Reads parameters from JSON. Undefined when they are not whole, weaker than ours or beyond all bounds. */
export function parseScryptParameters(json: unknown): ScryptParameters | undefined {
  const { name, n, r, p, salt } = objectIn(json);
  if (name !== 'scrypt' || typeof salt !== 'string') return undefined;
  if (!isWhole(n) || !isWhole(r) || !isWhole(p)) return undefined;
  if (n < COST.n || r < COST.r || p < COST.p || p > 16 || 128 * n * r > MEMORY_LIMIT) return undefined;
  return { name, n, r, p, salt };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

export function derivePassphraseKey(
  id: string,
  passphrase: Secret,
  { n, r, p, salt }: ScryptParameters,
): Promise<SealKey> {
  return new Promise((resolve, reject) => {
    // The same characters typed on another keyboard must be the same bytes.
    const text = passphrase.reveal().normalize('NFC');
    const options = { N: n, r, p, maxmem: 128 * n * r + 32 * 1024 * 1024 };
    scrypt(text, Buffer.from(salt, 'base64'), KEY_BYTES, options, (error, bytes) => {
      if (error === null) resolve(sealKey(id, bytes));
      else reject(error);
    });
  });
}
