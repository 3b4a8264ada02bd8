import { type CredentialRecord, McpassError, parseJsonObject, type Secret } from '@mcpass/auth';
import { derivePassphraseKey, newScryptParameters, parseScryptParameters } from './seal/passphrase-key.js';
import { parseRecord, recordText } from './seal/plain-seal.js';
import { openText, sealText } from './seal/sealed-text.js';

/** The version of the file that this mcpass writes. */
const VERSION = 1;
const ALGORITHM = 'A256GCM';

/** One credential as a file that may travel: AES-256-GCM with a key made of the passphrase. A sign-in under way stays. */
export async function sealExport(record: CredentialRecord, passphrase: Secret): Promise<string> {
  const kdf = newScryptParameters();
  const { key } = await derivePassphraseKey('', passphrase, kdf);
  const { pending: _, ...travelling } = record;
  const sealed = sealText(recordText(travelling), key, boundTo(kdf));
  return `${JSON.stringify({ mcpass: 'credential', v: VERSION, alg: ALGORITHM, kdf, ...sealed }, undefined, 2)}\n`;
}

/**
 * Opens what `sealExport` made. Throws `usage` for anything else, an unsealed credential included, and
 * `record_unreadable` for a wrong passphrase.
 */
export async function openExport(text: string, passphrase: () => Promise<Secret>): Promise<CredentialRecord> {
  const { mcpass, v, alg, kdf: json, nonce, tag, data } = parseJsonObject(text) ?? {};
  if (mcpass !== 'credential') {
    throw refused('usage', 'That is no exported credential; mcpass credential export makes one, encrypted.');
  }
  if (v !== VERSION || alg !== ALGORITHM) {
    throw refused('record_unreadable', 'A newer mcpass exported that credential.');
  }
  const kdf = parseScryptParameters(json);
  const whole = typeof nonce === 'string' && typeof tag === 'string' && typeof data === 'string';
  if (kdf === undefined || !whole) throw refused('record_unreadable', 'That exported credential is damaged.');
  const { key } = await derivePassphraseKey('', await passphrase(), kdf);
  const opened = openText({ nonce, tag, data }, key, boundTo(kdf));
  if (opened === undefined) {
    throw refused('record_unreadable', 'The passphrase is wrong, or the exported credential is damaged.');
  }
  const found = parseRecord(opened);
  if (found.kind === 'record') return found.record;
  const reason = found.kind === 'missing' ? 'it is empty' : found.reason;
  throw refused('record_unreadable', `The exported credential cannot be read: ${reason}.`);
}

function boundTo(kdf: object): string {
  return `mcpass credential ${JSON.stringify(kdf)}`;
}

function refused(code: 'usage' | 'record_unreadable', message: string): McpassError {
  return new McpassError(code, message, { step: code === 'usage' ? 'config' : 'credential', fault: 'yours' });
}
