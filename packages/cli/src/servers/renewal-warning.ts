import { plain } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import { fromNow } from '../terminal/moment.js';
import { warn } from '../terminal/warning.js';

/**
 * Says that a token was not renewed because the store takes nothing: the one outcome that `status` cannot tell of later,
 * and everything works until the token ends. Each reason once, because a bridge meets it at every call.
 */
export function watchRenewals(deps: Deps): void {
  const told = new Set<string>();
  deps.events.listen((event) => {
    if (event.type !== 'decision' || event.step !== 'refresh' || event.what !== 'unstored') return;
    const { why, token_ends: endsAtS } = event.facts;
    const reason = plain(String(why), 1_000);
    if (told.has(reason)) return;
    told.add(reason);
    const ends = typeof endsAtS === 'number' ? `; this token ends ${fromNow(endsAtS, Date.now())}` : '';
    warn(deps, `the sign-in was not renewed${ends}. ${reason}`);
  });
}
