import type { Store } from '../ports.js';
import { fitsEntry, recordKeyOf, UNCLAIMED } from './fit.js';
import type { CredentialRecord, RecordKey } from './record.js';
import type { ServerSettings } from '../server/settings.js';

/**
 * A store as one entry sees it: the credential that it would have made, and no other. Several entries of one server and
 * account each have a place of their own; a record of before there were several stays where it is, and belongs to whom it
 * fits. The key that is asked for is always the entry's.
 */
export function createEntryStore(store: Store, settings: ServerSettings): Store {
  const key = recordKeyOf(settings);
  const { server, account } = key;
  const common: RecordKey = { server, account };
  // Its usual place first; where that is another entry's, or is not used yet, the other one.
  const [usual, other]: readonly [RecordKey, RecordKey] =
    key.variant === undefined ? [common, { ...common, variant: UNCLAIMED }] : [key, common];
  const fits = (record: CredentialRecord | undefined): record is CredentialRecord =>
    record !== undefined && fitsEntry(record, settings);

  async function find(): Promise<{
    readonly place: RecordKey;
    readonly record: CredentialRecord | undefined;
  }> {
    const first = await store.read(usual);
    if (fits(first)) return { place: usual, record: first };
    const second = await store.read(other);
    if (fits(second)) return { place: other, record: second };
    // Nobody's credential is written over by an entry that it does not fit.
    const isTaken = first !== undefined && key.variant === undefined;
    return { place: isTaken ? other : usual, record: undefined };
  }

  return {
    kind: store.kind,
    location: store.location,
    read: async () => (await find()).record,
    async update(_, change) {
      const { place } = await find();
      return store.update(place, async (current) => {
        const own = fits(current) ? current : undefined;
        const next = await change(own);
        if (next === own) return current;
        return next && placed(next, place);
      });
    },
    list: () => store.list(),
  };
}

function placed(record: CredentialRecord, { server, account, variant }: RecordKey): CredentialRecord {
  const { variant: _, ...rest } = record;
  return { ...rest, server, account, ...(variant !== undefined && { variant }) };
}
