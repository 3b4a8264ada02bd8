import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isMcpassError, type JsonObject, type McpassError, parseJsonObject } from '@mcpass/auth';
import { openDraft } from './draft.js';
import { errnoOf, errnoWords } from './errno.js';
import { mendFileMode } from './file-mode.js';
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
export async function readSmallFile({ path, version, damaged }: SmallFile): Promise<JsonObject | undefined> {
  let text: string;
  try {
    const file = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > LIMIT) throw unreadable(path, 'it is not a file of mcpass');
      await mendFileMode(file, stats);
      text = await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (isMcpassError(thrown)) throw thrown;
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw unreadable(path, errnoWords(thrown), { cause: thrown });
  }
  const json = parseJsonObject(text);
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
