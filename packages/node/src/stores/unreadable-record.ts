import { McpassError, type RecordKey } from '@mcpass/auth';
import { NEWER } from './store-error.js';

/** A record file that could not be read, for `status`. */
export interface UnreadableRecord {
  readonly file: string;
  /** Safe to print; reads on after "because". */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What is said of a file that was set aside; reads on after "because". */
export const SET_ASIDE = 'it was set aside because it could not be read';
/** What is said of a record in a directory that is not the current store's. */
export const UNUSED = 'it is of a store that is not in use';
/** What is said of a file in the place of another one. */
export const MISPLACED = 'it holds the credential of another server';

/** With what is to be done about it. Nothing of it is ever deleted unasked. */
export function unreadableFile(file: string, reason: string): UnreadableRecord {
  const remedy =
    reason === NEWER
      ? 'update mcpass'
      : 'it may hold tokens: delete it, or mcpass logout does when you log out of its server';
  return { file, reason, remedy };
}

/**
 * `record_unreadable` for the record at `path`, with a reason that reads on after "because". `aside` is where the file was
 * moved, if it was.
 */
export function unreadableRecord(key: RecordKey, path: string, reason: string, aside?: string): McpassError {
  const place = aside === undefined ? `(${path})` : `(moved to ${aside})`;
  const message = `The stored credential of ${key.server} cannot be read: ${reason} ${place}.`;
  return new McpassError('record_unreadable', message, {
    step: 'credential',
    fault: 'yours',
    remedy: aside === undefined ? { do: 'say', text: adviceOn(path, reason) } : { do: 'sign_in' },
    facts: { server: key.server, file: aside ?? path, setAside: aside !== undefined },
  });
}

function adviceOn(path: string, reason: string): string {
  if (reason === NEWER) return `update mcpass: a newer one wrote ${path}`;
  return `move ${path} away, then sign in again`;
}
