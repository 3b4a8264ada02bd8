import {
  type AuthEvent,
  type Authorizer,
  type Clock,
  createAuthorizer,
  createMemoryStore,
  type CredentialRecord,
  type Fetch,
  type McpassError,
  isMcpassError,
  type ServerSettings,
  type SignInPolicy,
  type SignInTurns,
  type Store,
} from '../../src/index.js';

import { type LoopbackUser, loopbackUser, type Visit } from './loopback-user.js';

export interface TestClient {
  readonly url: string;
  readonly authorizer: Authorizer;
  readonly user: LoopbackUser;
  readonly store: Store;
  readonly events: readonly AuthEvent[];
  /** The facts of all decisions with this name, in order. */
  decisions(what: string): readonly Readonly<Record<string, unknown>>[];
  deviations(): readonly string[];
  /** The stored record of a client that has signed in. */
  record(): Promise<CredentialRecord & Required<Pick<CredentialRecord, 'grant'>>>;
  /** Changes the stored record behind the engine's back. */
  rewrite(change: (record: CredentialRecord) => CredentialRecord): Promise<void>;
}

export interface TestClientOptions {
  readonly settings: ServerSettings;
  readonly visit: Visit;
  readonly signIn?: SignInPolicy;
  readonly store?: Store;
  readonly turns?: SignInTurns;
  readonly clock?: Clock;
  readonly fetch?: Fetch;
  readonly signal?: AbortSignal;
  /** False where there is nobody to ask. */
  readonly attended?: boolean;
  readonly consentTimeoutMs?: number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

/** The engine with real `fetch`, a real listener and a memory store. */
export function testClient(options: TestClientOptions): TestClient {
  const { settings, signIn, signal, store = createMemoryStore(), attended = true } = options;
  const events: AuthEvent[] = [];
  const user = loopbackUser(options.visit);
  const authorizer = createAuthorizer({
    settings,
    ports: {
      fetch: options.fetch ?? globalThis.fetch,
      clock: options.clock ?? systemClock,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      store,
      ...(attended && { user }),
      ...(options.turns !== undefined && { turns: options.turns }),
      observe: (event) => events.push(event),
    },
    ...(signIn !== undefined && { signIn }),
    ...(signal !== undefined && { signal }),
    consentTimeoutMs: options.consentTimeoutMs ?? 5_000,
  });
  return {
    url: settings.url,
    authorizer,
    user,
    store,
    events,
    decisions: (what) =>
      events.flatMap((event) => (event.type === 'decision' && event.what === what ? [event.facts] : [])),
    deviations: () => events.flatMap((event) => (event.type === 'deviation' ? [event.id] : [])),
    async record() {
      const record = await authorizer.record();
      if (record?.grant === undefined) throw new Error('there is no sign-in');
      return { ...record, grant: record.grant };
    },
    async rewrite(change) {
      const { server, account } = await this.record();
      await store.update({ server, account }, async (current) => current && change(current));
    },
  };
}

/** The error of ours that a call ends with. */
export async function failure(work: Promise<unknown>): Promise<McpassError> {
  try {
    await work;
  } catch (error) {
    if (isMcpassError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** A `fetch` whose first answer is held back until it is let go: for what happens while a request is under way. */
export function heldFetch(): { readonly fetch: Fetch; readonly arrived: Promise<void>; release(): void } {
  let arrive = () => {};
  let release = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  let first = true;
  return {
    arrived,
    release: () => release(),
    async fetch(input, init) {
      const mine = first;
      first = false;
      const response = await fetch(input, init);
      if (mine) {
        arrive();
        await released;
      }
      return response;
    },
  };
}
