import { isMcpassError, type JsonObject, type McpassError, parseJsonObject } from '@mcpass/auth';
import { FileRefused, readBounded } from './bounded-file.js';
import { openDraft } from './draft.js';
import { NEWER, unreadable, unwritable } from '../store-error.js';

/** Bytes of a file of ours that describes a store. */
const LIMIT = 64 * 1024;

export interface SmallFile {
  readonly path: string;
  /** What this mcpass writes. */
  readonly version: number;
  /** The error about a file that nobody can read any more, with what helps then. */
  readonly damaged: () => McpassError;
}

/**
 * A JSON object that describes a store, of a version up to `version`. Undefined when there is no such file. Throws
 * `store_unreadable` for anything else: what cannot be read is never taken for nothing.
 */
export function readSmallFile({ path, version, damaged }: SmallFile): JsonObject | undefined {
  let bytes: Buffer | undefined;
  try {
    bytes = readBounded(path, { limit: LIMIT, isOurs: true });
  } catch (thrown) {
    if (thrown instanceof FileRefused) throw unreadable(path, thrown.message, { cause: thrown.cause });
    throw thrown;
  }
  if (bytes === undefined) return undefined;
  const json = parseJsonObject(bytes.toString('utf8'));
  const found = json?.['version'];
  if (typeof found === 'number' && found > version) {
    throw unreadable(path, NEWER, { remedy: 'update mcpass, then run the command again' });
  }
  if (json === undefined || found !== version) throw damaged();
  return json;
}

/** Replaces the file whole or not at all; `last` may still refuse. Throws `store_unwritable`. */
export async function writeSmallFile(path: string, json: object, last?: () => Promise<void>): Promise<void> {
  try {
    const draft = await openDraft(path, { mode: 0o600 });
    await draft.commit(`${JSON.stringify(json, undefined, 2)}\n`, last);
  } catch (thrown) {
    throw isMcpassError(thrown) ? thrown : unwritable(path, thrown);
  }
}
