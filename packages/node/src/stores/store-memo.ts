import { join } from 'node:path';
import { readSmallFile, writeSmallFile } from './files/small-file.js';
import { unreadable } from './store-error.js';
import { FILE_STORE_KINDS, type FileStoreKind } from './store-choice.js';

/**
 * Which store this machine has, so that `auto` is decided once: a keyring that is locked later is an error and never a
 * reason for a second store. It is also the switch of a move from one store to another, which is one rename.
 */
export interface StoreMemo {
  readonly kind: FileStoreKind;
  /** ISO 8601. */
  readonly since: string;
  /** Of a sealed store. */
  readonly keyId?: string;
  /** Why `auto` took nothing better; reads on after "because". */
  readonly because?: string;
  /** Another store whose files are to be deleted: one that was moved from, or a copy that is not finished. */
  readonly leaving?: FileStoreKind;
}

const VERSION = 1;

export function memoPath(data: string): string {
  return join(data, 'store.json');
}

/** Undefined when nothing was decided yet. Throws `store_unreadable`. */
export async function readStoreMemo(data: string): Promise<StoreMemo | undefined> {
  const path = memoPath(data);
  const damaged = () =>
    unreadable(path, 'it is damaged', {
      remedy: `delete ${path}, then run the command again: mcpass finds its store by the files there`,
    });
  const json = readSmallFile({ path, version: VERSION, damaged });
  if (json === undefined) return undefined;
  const { keyId, because } = json;
  const kind = kindOf(json['kind']);
  const leaving = kindOf(json['leaving']);
  if (kind === undefined || (kind !== 'plain' && typeof keyId !== 'string')) throw damaged();
  return {
    kind,
    since: String(json['since']),
    ...(typeof keyId === 'string' ? { keyId } : {}),
    ...(typeof because === 'string' ? { because } : {}),
    ...(leaving === undefined ? {} : { leaving }),
  };
}

function kindOf(json: unknown): FileStoreKind | undefined {
  return FILE_STORE_KINDS.find((kind) => kind === json);
}

/** `last` runs just before the new memo takes the place of the old one, and may still refuse. */
export function writeStoreMemo(data: string, memo: StoreMemo, last?: () => Promise<void>): Promise<void> {
  return writeSmallFile(memoPath(data), { version: VERSION, ...memo }, last);
}

export function sameStore(one: StoreMemo | undefined, other: StoreMemo | undefined): boolean {
  return one?.kind === other?.kind && one?.keyId === other?.keyId;
}
