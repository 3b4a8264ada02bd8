import { McpassError } from '@mcpass/auth';
import { errnoWords } from '../errno.js';

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

/** `store_unreadable` for a file or directory, with a reason that reads on after "because". */
export function unreadable(path: string, reason: string, cause?: unknown): McpassError {
  return new McpassError('store_unreadable', `${path} cannot be used: ${reason}.`, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: `Look at ${path} (ls -ld), put it right, then run the command again.` },
    cause,
    facts: { file: path },
  });
}
