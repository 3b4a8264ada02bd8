import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { recordName, type SignInTurns } from '@mcpass/auth';
import { readBounded } from '../stores/files/bounded-file.js';
import { openDraft } from '../stores/files/draft.js';
import type { Paths } from '../paths.js';
import { createFileLock } from '../stores/lock/lock-file.js';
import type { Hold } from '../stores/lock/lock.js';
import { offerDirectory, offerFile } from '../stores/store-places.js';

/** A sign-in that is offered, not begun: its address is shown, and perhaps nobody ever opens it. */
export interface SignInOffer {
  /** One offer at a time: who comes second gets the address of the first, and what comes of it. */
  readonly turns: SignInTurns;
  /** Tells the others the address; for the one whose turn it is. */
  publish(url: string): Promise<void>;
}

export interface SignInOfferOptions {
  /** Whoever shares the credentials shares the offers. */
  readonly paths: Pick<Paths, 'data'>;
  /** Gets the address that another process offers. */
  readonly onAddress: (url: string) => void;
}

/** Milliseconds after which a process that has given no sign of life no longer holds its turn. */
const HOLD_MS = 15_000;
/** Milliseconds that the one who offers may take to have an address: discovery and registration. */
const ADDRESS_MS = 15_000;
const ADDRESS_BYTES = 64 * 1024;
const LOOK_MS = 50;
/** The same, for an address that may change. */
const LATER_MS = 500;

/**
 * One offer at a time for each credential among all processes that share a data directory, so that ten hosts show one
 * address and register one client. It keeps nobody from signing in by a command: that has turns of its own.
 */
export function createSignInOffer({ paths, onAddress }: SignInOfferOptions): SignInOffer {
  const directory = offerDirectory(paths.data);
  const lock = createFileLock({ directory, holdMs: HOLD_MS, tellAfterMs: 0 });
  /** Where the address stands, while it is our turn. */
  let ours: string | undefined;
  let publishing: Promise<void> = Promise.resolve();

  /** As long as others have the turn: the one after them has another address. */
  async function follow(file: string, wait: AbortSignal): Promise<void> {
    let known = '';
    for (const begun = performance.now(); !wait.aborted;) {
      const url = readAddress(file);
      if (wait.aborted) return;
      if (url !== '' && url !== known) onAddress(url);
      known = url === '' ? known : url;
      const soon = known === '' && performance.now() - begun < ADDRESS_MS;
      await delay(soon ? LOOK_MS : LATER_MS, undefined, { ref: false });
    }
  }

  return {
    turns: {
      async run(key, work, { waitMs, signal }) {
        const name = await recordName(key);
        const file = join(directory, offerFile(name));
        const waiting = new AbortController();
        let follows = false;
        const alone = async (hold: Hold) => {
          waiting.abort();
          // Of one who was killed.
          await remove(file);
          ours = file;
          try {
            return await work();
          } finally {
            ours = undefined;
            // What is being written would stay otherwise.
            await publishing.catch(() => undefined);
            // Whoever was stopped for a while leaves the address of its successor alone.
            if (await isOurs(hold)) await remove(file);
          }
        };
        const onWait = () => {
          if (!follows) void follow(file, waiting.signal);
          follows = true;
        };
        try {
          return await lock.run(name, alone, { waitMs, signal, onWait });
        } finally {
          waiting.abort();
        }
      },
    },
    publish(url) {
      if (ours !== undefined) publishing = write(ours, url);
      return publishing;
    },
  };
}

/** Empty where none stands there yet. */
function readAddress(file: string): string {
  try {
    return readBounded(file, { limit: ADDRESS_BYTES, isOurs: true })?.toString('utf8') ?? '';
  } catch {
    return '';
  }
}

function isOurs(hold: Hold): Promise<boolean> {
  return hold.check().then(
    () => true,
    () => false,
  );
}

async function write(file: string, url: string): Promise<void> {
  const draft = await openDraft(file, { mode: 0o600 });
  await draft.commit(url);
}

async function remove(file: string): Promise<void> {
  await unlink(file).catch(() => undefined);
}
