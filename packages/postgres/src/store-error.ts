import { isMcpassError, McpassError, plain } from '@mcpass/auth';

/** What a state of PostgreSQL (SQLSTATE, or a code of Node) means and what helps. */
const CAUSES: readonly (readonly [RegExp, string, string])[] = [
  [
    /^28/,
    'it refuses the user or the password',
    'look at the user and the password in the address of the database',
  ],
  [/^3D000$/, 'it has no such database', 'create the database, or name another one in the address'],
  [/^(?:42P01|3F000)$/, 'it has no schema of mcpass', 'run: mcpass store init'],
  [/^42501$/, 'this user may not use the tables of mcpass', 'grant the user the tables of the schema mcpass'],
  [/^25006$/, 'it takes no writes: a read-only standby', 'name the primary in the address of the database'],
  [/^53100$/, 'its disk is full', 'make room on the disk of the database'],
  [/^53300$/, 'it has no connection left', 'give the database more connections, or the replicas fewer'],
];
const AWAY = ['it cannot be reached', 'start the database, or look at its address'] as const;

/** `store_unwritable` or `store_unreadable`: the cause, and the one thing to do. Shows no statement and no value of it. */
export function databaseError(
  code: 'store_unwritable' | 'store_unreadable',
  location: string,
  thrown: unknown,
): McpassError {
  if (isMcpassError(thrown)) return thrown;
  const state = stateOf(thrown);
  const [, cause, help] = CAUSES.find(([pattern]) => pattern.test(state)) ?? ['', ...AWAY];
  const told = state === '' ? '' : ` (${plain(state, 20)})`;
  return new McpassError(code, `The database ${location} cannot be used: ${cause}${told}.`, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: help },
    facts: { state },
  });
}

/** True where the same may well succeed in a moment: the connection was lost, or the database is starting. */
export function isPassing(thrown: unknown): boolean {
  // Class 08: connection exception; 57P01 to 57P03: terminated, crashed, starting up; 40: serialization and deadlock.
  return !isMcpassError(thrown) && /^(?:|08.*|57P0[123]|40.*|25006|E[A-Z]+)$/.test(stateOf(thrown));
}

function stateOf(thrown: unknown): string {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : '';
  return typeof code === 'string' ? code : '';
}

export function unreadableRow(name: string, reason: string, help: string): McpassError {
  return new McpassError(
    'record_unreadable',
    `The record ${name.slice(0, 12)} of the store cannot be read: ${reason}.`,
    {
      step: 'store',
      fault: 'yours',
      remedy: { do: 'say', text: help },
      facts: { record: name },
    },
  );
}

/** Before anything was spent. */
export function lostHold(location: string): McpassError {
  return new McpassError(
    'store_unwritable',
    `Another process may be changing the record in ${location} by now: this one was cut off from the database for too long.`,
    { step: 'store', fault: 'network', remedy: { do: 'retry_later' } },
  );
}
