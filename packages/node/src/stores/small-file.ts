import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isMcpassError } from '@mcpass/auth';
import { openDraft } from '../draft.js';
import { errnoOf, errnoWords } from '../errno.js';
import { unreadable, unwritable } from './store-error.js';

/** Bytes of a file of ours that describes a store. */
const LIMIT = 64 * 1024;

/**
 * A JSON object that describes a store, of a version up to `version`. Undefined when there is no such file. Throws
 * `store_unreadable` for anything else: what cannot be read is never taken for nothing.
 */
export async function readSmallFile(
  path: string,
  version: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  let text: string;
  try {
    const file = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > LIMIT) throw unreadable(path, 'it is not a file of mcpass');
      text = await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (isMcpassError(thrown)) throw thrown;
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw unreadable(path, errnoWords(thrown), thrown);
  }
  const json = parse(text);
  if (json === undefined) throw unreadable(path, 'it is damaged');
  const found = json['version'];
  if (typeof found === 'number' && found > version) throw unreadable(path, 'a newer mcpass wrote it');
  if (found !== version) throw unreadable(path, 'it is damaged');
  return json;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
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
