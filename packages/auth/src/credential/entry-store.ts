import { McpassError } from '../errors.js';
import type { Store } from '../ports.js';
import { fitsEntry, placesOf, standsFor } from './fit.js';
import type { CredentialRecord, RecordKey } from './record.js';
import type { ServerSettings } from '../server/settings.js';

/** Times that a place is looked for, where others change it between the look and the lock. */
const ROUNDS = 5;

/**
 * A store as one entry sees it: the credential that it would have made, and no other. Several entries of one server and
 * account each have a place of their own; a record of before there were several stays where it is, and belongs to whom it
 * fits. The key that is asked for is always the entry's.
 */
export function createEntryStore(store: Store, settings: ServerSettings): Store {
  const places = placesOf(settings);
  const [own] = places;
  // Where all is left to discovery, the first place may be taken by one of before entries were told apart.
  const homes = own.variant === undefined ? places : [own];
  const fits = (record: CredentialRecord | undefined): record is CredentialRecord =>
    record !== undefined && fitsEntry(record, settings);

  /** Where its credential is, or would be made. */
  async function find(): Promise<{
    readonly place: RecordKey;
    readonly record: CredentialRecord | undefined;
  }> {
    const taken = new Set<RecordKey>();
    for (const place of places) {
      const record = await store.read(place);
      if (fits(record)) return { place, record };
      if (record !== undefined) taken.add(place);
    }
    return { place: homes.find((home) => !taken.has(home)) ?? own, record: undefined };
  }

  /** A sign-in that came to something else than the one before, which others may use as well. */
  const isAnother = (before: CredentialRecord | undefined, next: CredentialRecord | undefined): boolean =>
    before?.grant !== undefined && next?.grant !== undefined && !standsFor(next.grant, before.grant);

  /** Only under the lock is it known what is in a place: false where that is nothing of this entry any more. */
  const isFree = (place: RecordKey, current: CredentialRecord | undefined): boolean =>
    current === undefined ? homes.includes(place) : fits(current);

  return {
    kind: store.kind,
    location: store.location,
    read: async () => (await find()).record,
    async update(_, change) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { place } = await find();
        let changed = false;
        let another: CredentialRecord | undefined;
        const written = await store.update(place, async (current, hold) => {
          if (!isFree(place, current)) return current;
          changed = true;
          const next = await change(current, hold);
          if (!homes.includes(place) && isAnother(current, next)) {
            another = next;
            return current;
          }
          return next === current ? current : next && placed(next, place);
        });
        if (another !== undefined) {
          const next = placed(another, own);
          return store.update(own, (current) => {
            if (!isFree(own, current)) throw contended();
            return Promise.resolve(next);
          });
        }
        if (changed) return written;
      }
      throw contended();
    },
    list: () => store.list(),
  };
}

function contended(): McpassError {
  return new McpassError('store_unwritable', 'Other processes keep changing this credential.', {
    step: 'store',
    fault: 'ours',
    remedy: { do: 'retry_later' },
  });
}

function placed(record: CredentialRecord, { server, account, variant }: RecordKey): CredentialRecord {
  const { variant: _, ...rest } = record;
  return { ...rest, server, account, ...(variant !== undefined && { variant }) };
}
