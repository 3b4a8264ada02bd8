import {
  type AuthEvent,
  type Authorizer,
  type Clock,
  createAuthorizer,
  createMemoryStore,
  type ServerSettings,
  type SignInPolicy,
  type Store,
} from '@mcpass/auth';

import { type LoopbackUser, loopbackUser, type Visit } from './loopback-user.js';

export interface TestClient {
  readonly authorizer: Authorizer;
  readonly user: LoopbackUser;
  readonly store: Store;
  readonly events: readonly AuthEvent[];
  /** The facts of all decisions with this name, in order. */
  decisions(what: string): readonly Readonly<Record<string, unknown>>[];
  deviations(): readonly string[];
}

export interface TestClientOptions {
  readonly settings: ServerSettings;
  readonly visit: Visit;
  readonly signIn?: SignInPolicy;
  readonly store?: Store;
  readonly clock?: Clock;
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
export function testClient({ settings, visit, signIn, store, clock }: TestClientOptions): TestClient {
  const events: AuthEvent[] = [];
  const user = loopbackUser(visit);
  const kept = store ?? createMemoryStore();
  const authorizer = createAuthorizer({
    settings,
    ports: {
      fetch: globalThis.fetch,
      clock: clock ?? systemClock,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      store: kept,
      user,
      observe: (event) => events.push(event),
    },
    ...(signIn !== undefined && { signIn }),
    consentTimeoutMs: 5_000,
  });
  return {
    authorizer,
    user,
    store: kept,
    events,
    decisions: (what) =>
      events.flatMap((event) => (event.type === 'decision' && event.what === what ? [event.facts] : [])),
    deviations: () => events.flatMap((event) => (event.type === 'deviation' ? [event.id] : [])),
  };
}
