import { createSecretKey, type KeyObject } from 'node:crypto';
import { McpassError, type Secret } from '@mcpass/auth';

/** A key that wraps data keys. Its id stands in the rows that it wrapped. */
export interface StoreKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** A service that keeps a key and gives it to nobody (a KMS). Asked once a process, for the data key of a tenant. */
export interface KeyService {
  readonly id: string;
  /** `bound` is to be authenticated with it and is not secret: the encryption context of AWS, additional data elsewhere. */
  wrap(plain: Uint8Array, bound: string): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, bound: string): Promise<Uint8Array>;
}

const KEY_BYTES = 32;
const FORM = /^(?:([\w.-]{1,64}):)?([A-Za-z0-9+/]{43}=)$/;

/** Keys as a configuration has them: `ID:BASE64`, separated by commas or white space; the first seals, all open. */
export function parseStoreKeys(text: Secret): readonly StoreKey[] {
  const words = text
    .reveal()
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  const keys = words.map((word, index) => {
    const [, id = '1', encoded] = FORM.exec(word) ?? [];
    const bytes = Buffer.from(encoded ?? '', 'base64');
    if (bytes.length !== KEY_BYTES)
      throw invalid(`number ${index + 1} is not ID:BASE64 of ${KEY_BYTES} bytes`);
    return { id, key: createSecretKey(bytes) };
  });
  if (keys.length === 0) throw invalid('there is none');
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw invalid('two of them have the same id');
  return keys;
}

/** Names the place of a key in the list, and never the key. */
function invalid(reason: string): McpassError {
  return new McpassError('config_invalid', `The keys of the credential store cannot be used: ${reason}.`, {
    step: 'config',
    fault: 'yours',
    remedy: { do: 'say', text: 'make one with: echo "1:$(openssl rand -base64 32)"' },
  });
}
