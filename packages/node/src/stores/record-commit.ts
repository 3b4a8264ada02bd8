import { readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CredentialRecord, isMcpassError, McpassError } from '@mcpass/auth';
import { type Draft, syncDirectory } from './files/draft.js';
import type { Hold } from './lock/lock.js';
import { readRecordFile } from './record-file.js';
import type { Frame, Seal } from './seal/seal.js';
import { unwritable } from './store-error.js';

/** A change to a record that has been made and is not on the disk yet. */
export interface Commit {
  /** Beside the record, with room for it. */
  readonly draft: Draft;
  readonly hold: Hold;
  /** What the change was made of. */
  readonly current: CredentialRecord | undefined;
  /** Undefined deletes the record. */
  readonly next: CredentialRecord | undefined;
  readonly path: string;
  readonly name: string;
  readonly seal: Seal;
  readonly frame: Frame | undefined;
}

/**
 * Puts the changed record in the place of the current one, or deletes that; returns what is there then. Throws
 * `store_unwritable`, before anything is touched where the lock was lost or another process has changed the record.
 */
export async function commitRecord(work: Commit): Promise<CredentialRecord | undefined> {
  const { draft, current, next, path, name, seal, frame } = work;
  try {
    if (next === undefined) {
      await checkStill(work);
      await draft.discard();
      await unlink(path);
      await syncDirectory(dirname(path));
      return undefined;
    }
    const written = { ...next, generation: (current?.generation ?? 0) + 1 };
    const text = await seal.close(written, name, frame);
    await draft.commit(text, () => checkStill(work));
    await checkWritten(path, text);
    return written;
  } catch (thrown) {
    throw isMcpassError(thrown) ? thrown : unwritable(path, thrown);
  }
}

/** A disk, or what stands for one, may take a file and not keep it: better said now than at the next start. */
async function checkWritten(path: string, text: string): Promise<void> {
  if (Buffer.from(text, 'utf8').equals(await readFile(path))) return;
  throw new McpassError('store_unwritable', `${path} does not hold what was just written to it.`, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: `look after the disk under ${path}, then run the command again` },
    facts: { file: path },
  });
}

/**
 * The last look before a write: the lock is ours, and the record is the one that the change was made of. Where locks do
 * not work (some network file systems) the second half is what keeps an older answer from replacing a newer one.
 */
async function checkStill({ hold, current, path, name, seal }: Commit): Promise<void> {
  await hold.check();
  const found = await readRecordFile(path, name, seal);
  const generation = found.kind === 'record' ? found.record.generation : undefined;
  if ((found.kind === 'missing' || found.kind === 'record') && generation === current?.generation) return;
  throw new McpassError('store_unwritable', `Another process changed ${path} at the same time.`, {
    step: 'store',
    fault: 'ours',
    remedy: { do: 'retry_later' },
    facts: { file: path },
  });
}
