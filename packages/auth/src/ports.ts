import type { Observe } from './events.js';
import type { CredentialRecord, RecordKey } from './credential/record.js';
import type { Fetch } from './platform-types.js';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that is aborted first. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The exclusive right to change one record, where it may be lost before the change is made. */
export interface Hold {
  /**
   * To be asked right before something is spent that may be spent only once. Throws `store_unwritable` when somebody else
   * may be changing the record by now.
   */
  confirm(): Promise<void>;
}

/**
 * Where credentials are kept. `update` is the only way to write: it is exclusive for its key among all holders of the
 * store, hands `change` the current record and commits what that returns: a new record, the same one (nothing is
 * written), or `undefined` (the record is deleted). When `change` throws, nothing is written. The store counts
 * `generation` up at every write.
 *
 * Throws `McpassError` with `store_unreadable`, `store_unwritable` or `record_unreadable`.
 */
export interface Store {
  /** Short name for people and `status`: `memory`, `plain`, … */
  readonly kind: string;
  /** Where the records are, for people: a directory, "this process". */
  readonly location: string;
  read(key: RecordKey): Promise<CredentialRecord | undefined>;
  update(
    key: RecordKey,
    change: (
      current: CredentialRecord | undefined,
      /** Absent where it cannot be lost. */
      hold?: Hold,
    ) => Promise<CredentialRecord | undefined>,
  ): Promise<CredentialRecord | undefined>;
  list(): Promise<readonly CredentialRecord[]>;
}

/** Which redirect URI a sign-in would like to have. */
export interface RedirectWish {
  /** A URI registered earlier: its port is taken again when it is free. */
  readonly earlier?: string;
  /** Fixed by configuration. A port in use is then an error (`port_in_use`), not a reason for another port. */
  readonly port?: number;
  /** Host of the redirect URI, `127.0.0.1` when absent. The listener binds loopback only, whatever this says. */
  readonly host?: string;
  /** Path of the redirect URI, `/callback` when absent. */
  readonly path?: string;
  /** The whole redirect URI, where a tunnel or a proxy leads to the listener. */
  readonly url?: string;
}

export interface ConsentRequest {
  /** Already checked: https, or http to loopback; no credentials in it. */
  readonly authorizationUrl: string;
  readonly server: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Where the answer is to arrive. */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** The server would also take a code that is entered on another device (RFC 8628). */
  readonly takesDevice?: boolean;
  /** Milliseconds until the attempt ends with `login_timeout`. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** True for the parameters of this attempt's callback (its `state`). Others are answered and forgotten. */
  accepts(parameters: URLSearchParams): boolean;
}

/** How a sign-in ended, for the page that the person is looking at. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** A place where the answer of one sign-in will arrive. Open before anything is registered for it. */
export interface CallbackServer {
  readonly redirectUri: string;
  /** Other spellings of the same place (`localhost` for `127.0.0.1`), for servers that accept only one of them. */
  readonly alternatives: readonly string[];
  /** Shows the address to the person and waits. Takes exactly one answer. Throws `login_timeout`, `interrupted`. */
  ask(request: ConsentRequest): Promise<URLSearchParams>;
  /** Tells the person how it ended: only now, after the token is stored or refused, does the page say so. */
  settle(outcome: Outcome): Promise<void>;
  close(): Promise<void>;
}

/** A code that the person enters on any device (RFC 8628 section 3.3). */
export interface DeviceRequest {
  readonly userCode: string;
  /** Already checked, as an authorization URL is. */
  readonly verificationUri: string;
  /** The same with the code in it, for a picture of it, or a browser. */
  readonly verificationUriComplete?: string;
  readonly server: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Milliseconds until the attempt ends with `login_timeout`. */
  readonly timeoutMs: number;
}

/** The person who signs in. */
export interface User {
  receive(wish: RedirectWish): Promise<CallbackServer>;
  /** Shows the code; nobody waits here. Throws where nobody would see it. Absent: no such sign-in can be made. */
  showCode?(request: DeviceRequest): Promise<void>;
}

/**
 * One sign-in at a time for each key, among all that share a store: ten programs that need the same sign-in open one
 * browser window, not ten.
 */
export interface SignInTurns {
  /**
   * Waits until nobody else signs in with this key, and works. The turn of a process that has died is free at once.
   * Throws `login_timeout` when the turn does not come within `waitMs`, and the signal's reason when that is aborted.
   */
  run<T>(
    key: RecordKey,
    work: () => Promise<T>,
    wait: {
      readonly waitMs: number;
      readonly signal?: AbortSignal | undefined;
      /** Called when somebody else has the turn. */
      onWait(): void;
    },
  ): Promise<T>;
}

/** A client that somebody brought, at one MCP server. */
export interface BoundClient {
  /** Canonical URL, as in a record's key. */
  readonly server: string;
  readonly id: string;
}

/** The authorization server that it belongs to. */
export interface ClientBinding {
  readonly issuer: string;
  /** Origin of the token endpoint, where an override lets several servers use one name. */
  readonly tokenOrigin: string;
}

/**
 * Which authorization server each client belongs to that somebody brought. Kept apart from the credentials: it outlives
 * them. Holds no secret.
 */
export interface ClientBindings {
  read(client: BoundClient): Promise<ClientBinding | undefined>;
  /** Binds a client that is not bound yet; returns what it is bound to then, by whoever was first. */
  bind(client: BoundClient, wished: ClientBinding): Promise<ClientBinding>;
  replace(client: BoundClient, binding: ClientBinding): Promise<void>;
}

/** Every outside power that the engine uses. */
export interface Ports {
  /** Must not follow redirects by itself when told `redirect: 'manual'`. */
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Cryptographically strong bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly store: Store;
  /** Absent: only the records of the store tell where a client belongs. */
  readonly clients?: ClientBindings | undefined;
  /** Absent where there is nobody to ask: then nothing ever opens a browser. */
  readonly user?: User | undefined;
  /** Absent: only the callers of one authorizer wait for each other. */
  readonly turns?: SignInTurns | undefined;
  readonly observe: Observe;
}
