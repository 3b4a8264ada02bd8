import { isMcpassError, McpassError } from '@mcpass/auth';
import { errnoWords } from './files/errno.js';

/** `store_unwritable` for a file or directory and what the system said about it. */
export function unwritable(path: string, cause: unknown): McpassError {
  return new McpassError('store_unwritable', `${path} cannot be written: ${errnoWords(cause)}.`, {
    step: 'store',
    fault: 'yours',
    remedy: {
      do: 'say',
      text: `Make room or give yourself write access to ${path}, then run the command again.`,
    },
    cause,
    facts: { file: path },
  });
}

export interface UnreadableDetails {
  readonly cause?: unknown;
  /** What to do about it, where that is more than to look at the file. */
  readonly remedy?: string;
}

/** `store_unreadable` for a file or directory, with a reason that reads on after "because". */
export function unreadable(path: string, reason: string, details: UnreadableDetails = {}): McpassError {
  const { cause, remedy = `Look at ${path} (ls -ld), put it right, then run the command again.` } = details;
  return new McpassError('store_unreadable', `${path} cannot be used: ${reason}.`, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: remedy },
    cause,
    facts: { file: path },
  });
}

/**
 * `store_unreadable` where nobody here has the key: what it sealed opens only if the key comes back. `hope` says what to
 * try before giving up, and reads on with a colon.
 */
export function lostKey(
  message: string,
  hope: string,
  facts: Readonly<Record<string, string>> = {},
): McpassError {
  return new McpassError('store_unreadable', message, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: `${hope}: mcpass logout --all, then sign in again` },
    facts: { ...facts, key: 'lost' },
  });
}

/** True where a key may never come back; not where a keyring is locked or no passphrase was given. */
export function isKeyLost(thrown: unknown): boolean {
  return isMcpassError(thrown) && thrown.facts['key'] === 'lost';
}

/** What is said of a file whose version is beyond this mcpass; reads on after "because". */
export const NEWER = 'a newer mcpass wrote it';
