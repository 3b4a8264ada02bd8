import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepDrafts } from './files/draft.js';
import { sweepLocks } from './lock/lock-file.js';
import { FILE_STORE_KINDS } from './store-choice.js';
import {
  bindingDirectory,
  clientSecretDirectory,
  lockDirectory,
  offerDirectory,
  offerFile,
  recordDirectory,
  turnDirectory,
} from './store-places.js';

/**
 * Takes away what killed processes left anywhere in a data directory, which nobody else may ever come to write in again:
 * drafts, locks, and the addresses of sign-ins that nobody offers any more. Nothing that a living one holds.
 */
export async function sweepData(data: string): Promise<void> {
  const records = FILE_STORE_KINDS.map((kind) => recordDirectory(data, kind));
  const offers = offerDirectory(data);
  for (const directory of [data, ...records, bindingDirectory(data), clientSecretDirectory(data), offers])
    await sweepDrafts(directory);
  await sweepLocks(lockDirectory(data));
  await sweepLocks(turnDirectory(data));
  await sweepLocks(offers, { alone: (name) => unlink(join(offers, offerFile(name))) });
}
