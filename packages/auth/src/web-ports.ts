import { createMemoryStore } from './credential/memory-store.js';
import { type ErrorCode, McpassError } from './errors.js';
import type { Observe } from './events.js';
import type { CallbackServer, Clock, ConsentRequest, Ports, Store, User } from './ports.js';

export interface WebPortsOptions {
  /** Where credentials are kept; in memory when absent. */
  readonly store?: Store;
  /** Who is asked to sign in, see {@link createPageUser}. Absent: a sign-in that is needed is an error. */
  readonly user?: User;
  /** Sees everything that happens; already redacted. */
  readonly observe?: Observe;
}

/** The ports of the engine wherever there is `fetch` and WebCrypto: a browser, a worker, any server. */
export function webPorts({ store, user, observe }: WebPortsOptions = {}): Ports {
  return {
    // Looked up at each call, and called as what it belongs to: browsers insist on that.
    fetch: ((input: RequestInfo | URL, init?: RequestInit) =>
      globalThis.fetch(input, init)) as Ports['fetch'],
    clock: webClock,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    store: store ?? createMemoryStore(),
    user,
    observe: observe ?? (() => undefined),
  };
}

/** The platform's own time and timers. */
export const webClock: Clock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', end);
        resolve();
      }, ms);
      signal?.addEventListener('abort', end, { once: true });
      if (signal?.aborted === true) end();
    }),
};

export interface PageUserOptions {
  /** The page of yours that the authorization server sends the browser back to. */
  readonly redirectUri: string;
  /**
   * Shows the person the address, and resolves to the whole address at which the browser came back to `redirectUri`: from a
   * window that was opened, or from the request that a server is answering. The signal is aborted when nobody waits any more.
   */
  readonly visit: (authorizationUrl: string, signal: AbortSignal) => Promise<string>;
}

/** A person at a browser whose answer arrives at a page of yours, and not at a listener of this process. */
export function createPageUser({ redirectUri, visit }: PageUserOptions): User {
  const callbackServer: CallbackServer = {
    redirectUri,
    alternatives: [],
    ask: (request) => answerOf(request, visit),
    settle: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return { receive: () => Promise.resolve(callbackServer) };
}

async function answerOf(
  { authorizationUrl, server, timeoutMs, signal, accepts }: ConsentRequest,
  visit: PageUserOptions['visit'],
): Promise<URLSearchParams> {
  const over = new AbortController();
  const ended = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const late = webClock.wait(timeoutMs, ended).then(
    () => {
      const { host } = new URL(server);
      throw failed('login_timeout', `Nobody signed in to ${host} within ${timeoutMs / 1000} seconds.`);
    },
    () => {
      throw failed('interrupted', 'The sign-in was interrupted.');
    },
  );
  try {
    const address = await Promise.race([visit(authorizationUrl, ended), late]);
    const parameters = URL.canParse(address) ? new URL(address).searchParams : new URLSearchParams();
    if (accepts(parameters)) return parameters;
    // RFC 6749 section 10.12: what belongs to another attempt is nobody's answer to this one.
    throw failed('authorization_invalid', 'The browser came back with no answer to this sign-in.');
  } finally {
    over.abort();
    // That end is no news.
    late.catch(() => undefined);
  }
}

function failed(code: ErrorCode, message: string): McpassError {
  return new McpassError(code, message, {
    step: 'authorization',
    fault: 'yours',
    remedy: { do: 'sign_in' },
  });
}
