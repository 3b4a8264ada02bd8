import { Secret } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import { usageError } from '../failure.js';
import { askHidden } from './hidden-line.js';

const ATTEMPTS = 3;

/** Asks for the passphrase at the terminal, without echo; for a new one twice. Throws `usage` when none is given. */
export function askPassphrase(
  { io, signal }: Deps,
  { confirm }: { readonly confirm: boolean },
): Promise<Secret> {
  return io.converse(async () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const typed = await askHidden(confirm ? 'New passphrase: ' : 'Passphrase: ', signal);
      if (typed === '') continue;
      if (!confirm || typed === (await askHidden('Again: ', signal))) return new Secret(typed);
      io.complain('Those two are not the same.');
    }
    throw usageError('No passphrase was given.');
  });
}
