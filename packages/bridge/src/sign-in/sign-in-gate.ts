import { type Authorizer, findMcpassError } from '@mcpass/auth';
import type { Log } from '@mcpass/mcp/parts';
import type { CachedStore } from './cached-store.js';
import { type CredentialWatchParts, watchCredential } from './credential-watch.js';

export interface SignInGateParts {
  readonly log: Log;
  readonly store: CachedStore;
  readonly watch: CredentialWatchParts;
  /** The command that signs in, as it would be typed. */
  command(scopes: readonly string[] | undefined): string;
  /** Signs in with a browser opened from here, where that is wanted. */
  readonly browser?: Authorizer | undefined;
  /** Signs in at an address that somebody else shows: `show` gets it. */
  readonly address?: ((show: (url: string) => void) => Authorizer) | undefined;
  onSignedIn(): void;
}

/** What happens where a sign-in is needed. */
export interface SignInGate {
  /** True for an error that only a sign-in helps against. */
  concerns(thrown: unknown): boolean;
  /** Throws what was reported, as long as the credential has not come. */
  check(): void;
  /** Takes note of such an error: says what to do, and watches for the credential. */
  report(thrown: unknown): void;
  /** The command for such an error. */
  commandFor(thrown: unknown): string;
  /** Signs in, where this bridge may; false where it may not. Rejects when the sign-in failed. */
  signIn(thrown: unknown): Promise<boolean>;
  /** The address where the person can sign in, for a host that shows it; undefined where that is not offered. */
  address(): Promise<string | undefined>;
  /** Resolves when a sign-in that was begun by {@link address} has come to an end. */
  settled(): Promise<void>;
  /** Watches no more, and has nothing more to say. */
  stop(): void;
}

/** Milliseconds after which a server may have healed by itself, and is asked again. */
const DOUBT_MS = 60_000;
/** Milliseconds that the address of a sign-in may take: discovery and registration. */
const ADDRESS_MS = 15_000;

export function createSignInGate(parts: SignInGateParts): SignInGate {
  const { log, store, browser } = parts;
  let unwatch: (() => void) | undefined;
  let said: string | undefined;
  /** What was reported last, and until when nobody asks the server again, in milliseconds since the epoch. */
  let pending: { readonly thrown: unknown; readonly untilMs: number } | undefined;
  let signingIn: Promise<boolean> | undefined;
  let offered: Offered | undefined;
  let stopped = false;

  const scopesOf = (thrown: unknown): readonly string[] | undefined => {
    const remedy = findMcpassError(thrown)?.remedy;
    return remedy?.do === 'sign_in' ? remedy.scopes : undefined;
  };
  const commandFor = (thrown: unknown): string => parts.command(scopesOf(thrown));

  function report(thrown: unknown): void {
    const text = `${findMcpassError(thrown)?.message ?? 'A sign-in is needed.'} Run: ${commandFor(thrown)}`;
    if (text !== said) log(text);
    said = text;
    const error = findMcpassError(thrown);
    if (browser === undefined && error?.code === 'login_required') {
      const { nextAttemptS } = error.facts;
      const untilMs = typeof nextAttemptS === 'number' ? nextAttemptS * 1000 : parts.watch.now() + DOUBT_MS;
      pending = { thrown, untilMs };
    }
    unwatch ??= watchCredential(parts.watch, store.lastGeneration(), found);
  }

  function found(): void {
    unwatch?.();
    unwatch = undefined;
    said = undefined;
    pending = undefined;
    store.invalidate();
    log('signed in; going on');
    parts.onSignedIn();
  }

  async function open(thrown: unknown, authorizer: Authorizer): Promise<boolean> {
    const scopes = scopesOf(thrown);
    log('signing in with the browser');
    await authorizer.signIn({ unasked: true, ...(scopes !== undefined && { scopes }) });
    store.invalidate();
    return true;
  }

  return {
    commandFor,
    report,
    check() {
      if (pending !== undefined && parts.watch.now() < pending.untilMs) throw pending.thrown;
    },
    concerns(thrown) {
      const error = findMcpassError(thrown);
      return (
        error?.code === 'login_required' ||
        (error?.code === 'insufficient_scope' && error.remedy !== undefined)
      );
    },
    async signIn(thrown) {
      if (browser === undefined) return false;
      signingIn ??= open(thrown, browser).finally(() => {
        signingIn = undefined;
      });
      return signingIn;
    },
    async address() {
      if (parts.address === undefined) return undefined;
      offered ??= offer(parts.address, (failed) => {
        offered = undefined;
        if (failed === undefined) found();
        else if (!stopped)
          log(`no sign-in came of it: ${findMcpassError(failed)?.message ?? 'something went wrong'}`);
      });
      return offered.url();
    },
    settled: () => offered?.end ?? Promise.resolve(),
    stop() {
      stopped = true;
      unwatch?.();
    },
  };
}

interface Offered {
  /** The address where the person can sign in now; undefined where there is none. */
  url(): Promise<string | undefined>;
  readonly end: Promise<void>;
}

function offer(
  create: (show: (url: string) => void) => Authorizer,
  onEnd: (failed: unknown) => void,
): Offered {
  let end: Promise<void> = Promise.resolve();
  let latest: string | undefined;
  const first = new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ADDRESS_MS).unref();
    const show = (url: string): void => {
      latest = url;
      resolve(url);
    };
    end = create(show)
      .signIn({ force: true })
      .then(
        () => onEnd(undefined),
        (failed: unknown) => onEnd(failed),
      )
      .finally(() => {
        clearTimeout(timer);
        resolve(undefined);
      });
  });
  return { url: async () => latest ?? first, end };
}
