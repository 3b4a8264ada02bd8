import { Client, type ClientConfig } from 'pg';

/** Whose connection keeps a program alive, or does not; the declarations of `pg` leave these out. */
type Connection = Client & { ref(): void; unref(): void };

/** The one connection of a process that does nothing but hold locks and listen. */
export interface Session {
  /** Connects where that is needed. Undefined behind a pooler, where no connection is anybody's own. */
  open(): Promise<Connection | undefined>;
  /** Whether it hears of what others release. */
  isOpen(): boolean;
  close(): Promise<void>;
}

export interface SessionParts {
  readonly config: ClientConfig;
  /** Whether transactions of this address end at different servers; found out when undefined. */
  readonly pooler: boolean | undefined;
  onReleased(id: string): void;
  /** Locks are gone, and nothing was heard for a while. */
  onLost(): void;
}

/** Its payload is a lock's id, from which no tenant and no name can be read. */
export const CHANNEL = 'mcpass_released';

/** For an answer of the database, in milliseconds. */
const ANSWER_MS = 30_000;

export function createSession({ config, pooler, onReleased, onLost }: SessionParts): Session {
  let connecting: Promise<Connection | undefined> | undefined;
  let isOpen = false;
  let pooled = pooler === true;
  let current: Connection | undefined;

  const connect = async (): Promise<Connection | undefined> => {
    if (pooled) return undefined;
    const client = new Client({ ...config, keepAlive: true, query_timeout: ANSWER_MS }) as Connection;
    const forget = () => {
      if (current !== client) return;
      current = undefined;
      connecting = undefined;
      isOpen = false;
      onLost();
    };
    current = client;
    client.on('error', forget).on('end', forget);
    client.on('notification', ({ payload = '' }) => onReleased(payload));
    await client.connect();
    if (pooler === undefined && (await isPooled(client))) {
      pooled = true;
      current = undefined;
      await client.end();
      return undefined;
    }
    await client.query(`LISTEN ${CHANNEL}`);
    isOpen = true;
    return client;
  };
  return {
    async open() {
      connecting ??= connect().catch((thrown: unknown) => {
        connecting = undefined;
        throw thrown;
      });
      return connecting;
    },
    isOpen: () => isOpen,
    async close() {
      await (await connecting?.catch(() => undefined))?.end();
    },
  };
}

/** A pooler greets with a process of its own making, since the server's may be another one with each transaction. */
async function isPooled(client: Client): Promise<boolean> {
  const { processID } = client as Client & { readonly processID: number | null };
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid !== processID;
}
