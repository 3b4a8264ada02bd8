import { isMcpassError, McpassError, recordName, type SignInTurns } from '@mcpass/auth';
import type { Paths } from '../paths.js';
import { createFileLock } from '../stores/lock/lock-file.js';
import { turnDirectory } from '../stores/store-places.js';

export interface SignInTurnsOptions {
  /** Whoever shares the credentials shares the turns. */
  readonly paths: Pick<Paths, 'data'>;
  /** Told, in a sentence, who is signing in already. */
  say(line: string): void;
}

/** Milliseconds after which a process that has given no sign of life no longer holds its turn. */
const HOLD_MS = 15_000;

/** One sign-in at a time for each credential among all processes that share a data directory. */
export function createSignInTurns({ paths, say }: SignInTurnsOptions): SignInTurns {
  const directory = turnDirectory(paths.data);
  const lock = createFileLock({ directory, holdMs: HOLD_MS, tellAfterMs: 0 });
  return {
    async run(key, work, { waitMs, signal, onWait }) {
      const { host } = new URL(key.server);
      let begun = false;
      let other = 'another process';
      try {
        return await lock.run(
          await recordName(key),
          () => {
            begun = true;
            return work();
          },
          {
            waitMs,
            signal,
            onWait(holder) {
              other = holder;
              onWait();
              say(`A sign-in to ${host} is under way in ${holder}: waiting for what comes of it.`);
            },
          },
        );
      } catch (thrown) {
        const inVain = !begun && isMcpassError(thrown) && thrown.facts['waitedMs'] !== undefined;
        throw inVain ? stillSigningIn(host, other, waitMs) : thrown;
      }
    },
  };
}

function stillSigningIn(host: string, holder: string, waitedMs: number): McpassError {
  const seconds = Math.round(waitedMs / 1000);
  return new McpassError(
    'login_timeout',
    `A sign-in to ${host} in ${holder} has not come to an end for ${seconds} seconds.`,
    {
      step: 'authorization',
      fault: 'yours',
      remedy: { do: 'say', text: `finish that one, or end ${holder}` },
    },
  );
}
