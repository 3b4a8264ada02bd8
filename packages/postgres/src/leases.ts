import { randomUUID } from 'node:crypto';
import type { Hold } from '@mcpass/auth';
import type { PoolClient } from 'pg';
import type { Database } from './database.js';
import { lostHold } from './store-error.js';

/** A lease of ours. */
export interface Lease extends Hold {
  /** Ends it in the transaction that saves what was done under it. Others may go on as soon as that is committed … */
  release(client: PoolClient): Promise<void>;
  /** … which this tells. */
  released(): void;
}

/** Somebody else's lease, as it was when we looked. */
export interface ForeignLease {
  readonly owner: string;
  /** Counts up with each renewal. */
  readonly beat: string;
  /** Since when it has looked like this, by the clock that nobody sets. */
  readonly sinceMs: number;
}

export type Claim<T> =
  | { readonly lease: Lease; readonly found: T; readonly foreign?: undefined }
  | { readonly lease?: undefined; readonly foreign: ForeignLease };

/**
 * Rows that say who works on what. A session that is terminated loses its locks while its process goes on; behind a pooler
 * there is no session to have any. Whoever comes next respects the row until it is released, or has not been renewed for the
 * whole time of a lease while he looked: his own watch decides, so that neither two clocks that differ nor a
 * database that was away makes a lease run out early.
 */
export interface Leases {
  /** In one transaction with what `find` reads. */
  claim<T>(
    name: string,
    foreign: ForeignLease | undefined,
    find: (client: PoolClient) => Promise<T>,
  ): Promise<Claim<T>>;
  /** For what was not released with a transaction of its own. */
  end(lease: Lease): Promise<void>;
}

interface Held extends Lease {
  readonly name: string;
  isReleased: boolean;
  /** When it was renewed at the latest, by two clocks: the first stands still while a machine sleeps. */
  confirmedMs: Moment;
  lost: boolean;
}

interface Moment {
  readonly steady: number;
  readonly wall: number;
}

/** A lease is renewed so many times before it would run out. */
const BEATS = 4;
/** Seconds after which a lease that has run out is not looked at any further. */
const STALE_S = 120;

const CLAIM = `
  INSERT INTO mcpass.lease AS held (tenant, name, owner, generation, beat, until)
  VALUES ($1, $2, $3, coalesce((SELECT generation FROM mcpass.record WHERE tenant = $1 AND name = $2), 0), 0,
    clock_timestamp() + make_interval(secs => $4))
  ON CONFLICT (tenant, name) DO UPDATE
    SET owner = excluded.owner, generation = excluded.generation, beat = 0, until = excluded.until
  WHERE held.owner = $3 OR (held.owner = $5 AND held.beat = $6)
    OR held.until < clock_timestamp() - make_interval(secs => ${STALE_S})`;
const RENEW = `
  UPDATE mcpass.lease SET beat = beat + 1, until = clock_timestamp() + make_interval(secs => $4)
  WHERE tenant = $1 AND owner = $2 AND name = ANY ($3) RETURNING name`;

export function createLeases(database: Database, tenant: string, leaseMs: number): Leases {
  const owner = randomUUID();
  const leaseS = leaseMs / 1_000;
  const held = new Set<Held>();
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> | undefined;

  const now = (): Moment => ({ steady: performance.now(), wall: Date.now() });
  const ageMs = ({ confirmedMs: { steady, wall } }: Held) =>
    Math.max(performance.now() - steady, Date.now() - wall);

  const renew = async (patienceMs?: number): Promise<void> => {
    const ours = [...held];
    const at = now();
    const rows = await database.transaction(
      'store_unwritable',
      async (client) => {
        const names = ours.map(({ name }) => name);
        return (await client.query<{ name: string }>(RENEW, [tenant, owner, names, leaseS])).rows;
      },
      patienceMs === undefined ? {} : { patienceMs },
    );
    const kept = new Set(rows.map(({ name }) => name));
    for (const lease of ours) {
      if (kept.has(lease.name)) lease.confirmedMs = at;
      else if (!lease.isReleased) lease.lost = true;
    }
  };

  /** As long as there is something to renew. */
  const beat = () => {
    timer ??= setInterval(() => {
      if (held.size === 0) {
        clearInterval(timer);
        timer = undefined;
        return;
      }
      // One that fails is made up for by the next.
      renewing ??= renew(0)
        .catch(() => undefined)
        .finally(() => (renewing = undefined));
    }, leaseMs / BEATS).unref();
  };

  const take = (name: string): Held => {
    const lease: Held = {
      name,
      confirmedMs: now(),
      lost: false,
      isReleased: false,
      released: () => (lease.isReleased = true),
      async confirm() {
        if (!lease.lost && ageMs(lease) > leaseMs / 2) await renew();
        if (lease.lost) throw lostHold(database.location);
      },
      async release(client) {
        await client.query('DELETE FROM mcpass.lease WHERE tenant = $1 AND name = $2 AND owner = $3', [
          tenant,
          name,
          owner,
        ]);
      },
    };
    return lease;
  };

  return {
    async claim(name, foreign, find) {
      const lease = take(name);
      let away = false;
      const ranOut =
        foreign !== undefined && performance.now() - foreign.sinceMs >= leaseMs ? foreign : undefined;
      const there = await database.change(
        'store_unwritable',
        async (client) => {
          lease.confirmedMs = now();
          const values = [tenant, name, owner, leaseS, ranOut?.owner, ranOut?.beat];
          if ((await client.query(CLAIM, values)).rowCount === 1) return { found: await find(client) };
          const { rows } = await client.query<Omit<ForeignLease, 'sinceMs'>>(
            'SELECT owner, beat FROM mcpass.lease WHERE tenant = $1 AND name = $2',
            [tenant, name],
          );
          // Released between the two statements: the next look finds nothing.
          return { foreign: rows[0] ?? { owner: '', beat: '0' } };
        },
        { onAway: () => (away = true) },
      );
      if (there.foreign === undefined) {
        held.add(lease);
        beat();
        return { lease, found: there.found };
      }
      const isSame = !away && foreign?.owner === there.foreign.owner && foreign.beat === there.foreign.beat;
      return { foreign: isSame ? foreign : { ...there.foreign, sinceMs: performance.now() } };
    },

    async end(lease) {
      const ours = lease as Held;
      held.delete(ours);
      if (ours.isReleased) return;
      ours.isReleased = true;
      // Without its renewals it runs out, if this fails.
      await database
        .transaction('store_unwritable', (client) => ours.release(client), { patienceMs: 0 })
        .catch(() => undefined);
    },
  };
}
