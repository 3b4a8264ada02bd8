import { type JsonObject, objectIn } from '@mcpass/auth';
import { parseRecord, recordText } from './plain-seal.js';
import type { RecordFile, Seal } from './seal.js';
import type { SealKey } from './seal-key.js';
import { openText, sealText, type SealedText } from './sealed-text.js';
import { NEWER } from '../store-error.js';

/** The version of the envelope that this mcpass writes. */
const ENVELOPE_VERSION = 1;
const ALGORITHM = 'A256GCM';

interface Envelope extends SealedText {
  readonly keyId: string;
  readonly frame: JsonObject;
}

/**
 * Seals each record with one key. The name of the record's key (server and account) is bound in, so that a file that
 * takes another's place does not open. `key` is asked only when there is something to seal or to open.
 */
export function createKeySeal(key: () => Promise<SealKey>): Seal {
  return {
    ready: async () => void (await key()),

    async close(record, name, frame = {}) {
      const { id, key: secret } = await key();
      const head = { v: ENVELOPE_VERSION, alg: ALGORITHM, keyId: id };
      const sealed = sealText(recordText(record), secret, boundTo(name));
      return `${JSON.stringify({ ...frame, ...head, ...sealed }, undefined, 2)}\n`;
    },

    async open(text, name) {
      const envelope = parseEnvelope(text);
      if ('kind' in envelope) return envelope;
      const { id, key: secret } = await key();
      if (envelope.keyId !== id) return { kind: 'kept', reason: 'it is sealed with another key' };
      const opened = openText(envelope, secret, boundTo(name));
      if (opened === undefined) {
        return { kind: 'broken', reason: 'its seal is broken: it was changed, or is that of another server' };
      }
      const record = parseRecord(opened);
      return record.kind === 'record' ? { ...record, frame: envelope.frame } : record;
    },
  };
}

function boundTo(name: string): string {
  return `mcpass record ${name}`;
}

function parseEnvelope(text: string): Envelope | Exclude<RecordFile, { kind: 'record' | 'missing' }> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'broken', reason: text.trim() === '' ? 'it is empty' : 'it is not JSON' };
  }
  const { v, alg, keyId, nonce, tag, data, ...frame } = objectIn(json);
  if (typeof v !== 'number') return { kind: 'broken', reason: 'it is not sealed' };
  if (v > ENVELOPE_VERSION || alg !== ALGORITHM) return { kind: 'kept', reason: NEWER };
  const strings =
    typeof keyId === 'string' &&
    typeof nonce === 'string' &&
    typeof tag === 'string' &&
    typeof data === 'string';
  if (!strings) return { kind: 'broken', reason: 'its envelope is not whole' };
  return { keyId, nonce, tag, data, frame };
}
