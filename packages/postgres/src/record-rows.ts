import { type CredentialRecord, decodeRecord, encodeRecord, recordName } from '@mcpass/auth';
import type { DataKeys } from './data-keys.js';
import { openBytes, sealBytes } from './sealed-bytes.js';
import { unreadableRow } from './store-error.js';

/** A record as the table has it. */
export interface RecordRow {
  readonly name: string;
  /** A bigint, as text. */
  readonly generation: string;
  readonly data_key: number;
  readonly sealed: Buffer;
}

export const ROW = 'SELECT name, generation, data_key, sealed FROM mcpass.record WHERE tenant = $1';

export interface SealedRow {
  readonly dataKey: number;
  readonly sealed: Buffer;
  /** Epoch seconds at which it is to be renewed; null for what cannot be, or does not expire. */
  readonly expiresAtS: number | null;
}

/** The name is a hash of server and account (`recordName`): a row opens only for its tenant, and in its own place. */
function boundTo(tenant: string, name: string, generation: number | string): string {
  return JSON.stringify([tenant, name, String(generation)]);
}

export async function sealRow(keys: DataKeys, tenant: string, record: CredentialRecord): Promise<SealedRow> {
  const { id, key } = await keys.newest();
  const tokens = record.grant?.tokens;
  const bound = boundTo(tenant, await recordName(record), record.generation);
  return {
    dataKey: id,
    sealed: sealBytes(Buffer.from(JSON.stringify(encodeRecord(record)), 'utf8'), key, bound),
    expiresAtS: tokens?.refresh === undefined ? null : (tokens.expiresAtS ?? null),
  };
}

/** Throws `record_unreadable` for a row that was changed, moved here, or written by a newer mcpass. */
export async function openRow(keys: DataKeys, tenant: string, row: RecordRow): Promise<CredentialRecord> {
  const key = await keys.find(row.data_key);
  const text = openBytes(row.sealed, key, boundTo(tenant, row.name, row.generation));
  if (text === undefined)
    throw unreadableRow(
      row.name,
      'it was changed by somebody else than mcpass',
      'restore the row from a backup, or delete it and sign in again',
    );
  try {
    return decodeRecord(JSON.parse(text.toString('utf8')));
  } catch {
    throw unreadableRow(row.name, 'another version of mcpass wrote it', 'update mcpass');
  }
}
