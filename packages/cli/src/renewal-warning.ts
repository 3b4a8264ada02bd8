import { plain } from '@mcpass/auth';
import type { Deps } from './deps.js';
import { fromNow } from './moment.js';

/**
 * Says that a token was not renewed because the store takes nothing: the one outcome that `status` cannot tell of later,
 * and everything works until the token ends. Each reason once, because a bridge meets it at every call.
 */
export function watchRenewals({ io, events }: Deps): void {
  const told = new Set<string>();
  events.listen((event) => {
    if (event.type !== 'decision' || event.step !== 'refresh' || event.what !== 'unstored') return;
    const { why, token_ends: endsAtS } = event.facts;
    const reason = plain(String(why), 1_000);
    if (told.has(reason)) return;
    told.add(reason);
    const ends = typeof endsAtS === 'number' ? `; this token ends ${fromNow(endsAtS, Date.now())}` : '';
    io.say(`${io.paint('yellow', 'warning:', 'stderr')} the sign-in was not renewed${ends}. ${reason}`);
  });
}
