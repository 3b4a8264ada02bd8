import { didYouMean, plain, shownUrl } from '@mcpass/auth';
import type { PostgresStore } from '@mcpass/postgres';
import { defineCommand, type Command } from '../command.js';
import type { Deps } from '../deps.js';
import { usageError } from '../failure.js';
import { connectFleetStore } from '../servers/fleet-store.js';
import { facts } from '../terminal/table.js';

const ACTIONS = ['status', 'init', 'rewrap', 'due'] as const;
type Action = (typeof ACTIONS)[number];

/** Seconds ahead that `due` looks. */
const DUE_S = 3_600;

export interface StoreOptions {
  readonly action: Action;
}

export const store: Command = defineCommand<StoreOptions>({
  name: 'store',
  summary: 'the store that the machines of a fleet share',
  about: [
    'The store is a PostgreSQL: MCPASS_DATABASE_URL is its address, MCPASS_STORE_KEY the keys that seal it (ID:BASE64 of 32 bytes, several separated by commas; the first seals, all open). With credentials_store = "postgres" every command uses it.',
    'init creates or migrates the schema, as often as one likes. status says what is in it. rewrap takes the first key for what another one sealed, while others work. due lists what expires within the hour.',
  ],
  examples: [{ line: 'mcpass store init' }, { line: 'mcpass store status' }],
  arguments: [{ name: 'action', summary: ACTIONS.join(', '), completes: ACTIONS }],
  parse(input) {
    const word = input.required('action');
    const action = ACTIONS.find((candidate) => candidate === word);
    if (action === undefined)
      throw usageError(`store takes ${ACTIONS.join(', ')}, not "${word}".${didYouMean(word, ACTIONS)}`);
    return { action };
  },
  async run({ action }, deps) {
    const fleet = await connectFleetStore(deps);
    try {
      await RUN[action](fleet, deps);
    } finally {
      await fleet.close();
    }
    return 0;
  },
});

const RUN: Readonly<Record<Action, (store: PostgresStore, deps: Deps) => Promise<void>>> = {
  async init(fleet, { io }) {
    const version = await fleet.init();
    if (io.json) io.outJson({ store: { kind: fleet.kind, version } });
    else io.out(`The schema is there, version ${version}.`);
  },

  async status(fleet, { io }) {
    const { version, records, keys, due } = await fleet.status();
    if (io.json) {
      const { kind, tenant } = fleet;
      io.outJson({ store: { kind, reachable: true, version, tenant, records, keys, due } });
      return;
    }
    io.out(`postgres, in ${plain(fleet.location)}`);
    const sealed = keys.map(({ id, records: count }) => `${count} by ${plain(id)}`).join(', ');
    const lines = facts([
      ['schema', String(version)],
      ['tenant', plain(fleet.tenant)],
      ['records', String(records)],
      ['keys', sealed === '' ? undefined : sealed],
      ['due', `${due.within60s} within a minute, ${due.within1h} within an hour`],
    ]);
    for (const line of lines) io.out(line);
  },

  async rewrap(fleet, { io }) {
    const rewrapped = await fleet.rewrap();
    if (io.json) io.outJson({ rewrapped });
    else
      io.out(
        rewrapped === 0
          ? 'Everything is under the first key already.'
          : 'Everything is under the first key now.',
      );
  },

  async due(fleet, { io }) {
    const records = await fleet.due(DUE_S);
    const due = records.map(({ server, account, grant }) => ({
      server: shownUrl(server),
      account,
      expiresAt: new Date((grant?.tokens.expiresAtS ?? 0) * 1_000).toISOString(),
    }));
    if (io.json) io.outJson({ due });
    else for (const each of due) io.out(plain(`${each.expiresAt}  ${each.server}  ${each.account}`, 1_000));
  },
};
