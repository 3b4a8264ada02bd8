import {
  CodecError,
  type CredentialRecord,
  decodeRecord,
  encodeRecord,
  objectIn,
  RECORD_VERSION,
} from '@mcpass/auth';
import type { RecordFile, Seal } from './seal.js';
import { NEWER } from '../store-error.js';

/** No seal at all: secrets in the clear, as JSON. */
export const plainSeal: Seal = {
  ready: () => Promise.resolve(),
  close: (record) => Promise.resolve(recordText(record)),
  open: parseRecord,
};

/** Judges the JSON text of a record. Pure. */
export function parseRecord(text: string): RecordFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'broken', reason: text.trim() === '' ? 'it is empty' : 'it is not JSON' };
  }
  const { version, alg } = objectIn(json);
  if (typeof version === 'number' && version > RECORD_VERSION) {
    return { kind: 'kept', reason: NEWER };
  }
  // An envelope that somebody copied here: whoever has its key can still read it.
  if (version === undefined && alg !== undefined) return { kind: 'kept', reason: 'it is sealed' };
  try {
    return { kind: 'record', record: decodeRecord(json) };
  } catch (thrown) {
    if (thrown instanceof CodecError) return { kind: 'broken', reason: thrown.message };
    throw thrown;
  }
}

/** The JSON text of a record, secrets in the clear. */
export function recordText(record: CredentialRecord): string {
  return `${JSON.stringify(encodeRecord(record), undefined, 2)}\n`;
}
