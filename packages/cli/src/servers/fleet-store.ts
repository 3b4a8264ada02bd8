import { McpassError, Secret, type SignInTurns } from '@mcpass/auth';
import { openedStore, type OpenedStore } from '@mcpass/node/stores';
import type { PostgresStore } from '@mcpass/postgres';
import type { Deps } from '../deps.js';

const URL_VARIABLE = 'MCPASS_DATABASE_URL';
const KEY_VARIABLE = 'MCPASS_STORE_KEY';
const LOCATION = `the database that ${URL_VARIABLE} names`;

/** One for a process, whose locks and connections it holds; by what it was opened with. */
const opened = new Map<string, Promise<PostgresStore>>();

/** The store that all machines of a fleet share. Its driver is loaded when it is used. Throws `config_invalid`. */
export async function connectFleetStore({ env }: Pick<Deps, 'env'>): Promise<PostgresStore> {
  const url = needed(env[URL_VARIABLE], URL_VARIABLE, 'the address of the database, postgres://…');
  const key = needed(
    env[KEY_VARIABLE],
    KEY_VARIABLE,
    'the keys of the store, made with: echo "1:$(openssl rand -base64 32)"',
  );
  const name = JSON.stringify([url, key]);
  const store =
    opened.get(name) ??
    import('@mcpass/postgres').then(({ createPostgresStore, parseStoreKeys }) =>
      createPostgresStore({ connectionString: new Secret(url), keys: parseStoreKeys(new Secret(key)) }),
    );
  opened.set(name, store);
  return store;
}

export function openFleetStore(deps: Pick<Deps, 'env'>): OpenedStore {
  const connect = () => connectFleetStore(deps);
  return openedStore(
    {
      kind: 'postgres',
      location: LOCATION,
      read: async (key) => (await connect()).read(key),
      update: async (key, change) => (await connect()).update(key, change),
      list: async () => (await connect()).list(),
    },
    `sealed row, in ${LOCATION}`,
    // Before a code is spent: whatever keeps a query of ours from its answer also keeps a write.
    async () => void (await (await connect()).status()),
  );
}

/** One sign-in at a time among all machines. */
export function fleetTurns(deps: Pick<Deps, 'env'>): SignInTurns {
  return { run: async (key, work, wait) => (await connectFleetStore(deps)).run(key, work, wait) };
}

function needed(value: string | undefined, name: string, what: string): string {
  if (value !== undefined && value !== '') return value;
  throw new McpassError(
    'config_invalid',
    `The store of the fleet needs the variable ${name}, which is not set.`,
    {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: `set ${name} to ${what}` },
    },
  );
}
