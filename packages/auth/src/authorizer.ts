import { createAuthorizingFetch } from './credential/authorizing-fetch.js';
import { createCredential } from './credential/credential.js';
import { credentialState } from './credential/state.js';
import { isMcpassError, McpassError } from './errors.js';
import { createMemoryStore } from './credential/memory-store.js';
import { createSubjects } from './credential/subjects.js';
import { createRequestAuthorization, type Exchange, type RequestAuthorization } from './credential/use.js';
import { fitsWish, wouldMake } from './credential/fit.js';
import type { Fetch } from './platform-types.js';
import type { Ports } from './ports.js';
import {
  type ClientMove,
  type CredentialRecord,
  type DeviceCode,
  type RecordKey,
  withoutSignIn,
} from './credential/record.js';
import { pausedUntilS, pauseError, wasRejected } from './credential/pause.js';
import { noToken, signInOver } from './credential/refusal-errors.js';
import type { Secret } from './secret.js';
import type { ServerSettings } from './server/settings.js';
import { quote } from './text.js';
import type { Examination } from './sign-in/examination.js';
import { isUnattended } from './server/grant-type.js';
import { signInMode } from './server/sign-in-mode.js';
import { parseServerUrl } from './server/url.js';
import { signOut, type SignOutReport } from './credential/sign-out.js';

/** Whether a call that finds a sign-in needed may start one. */
export type SignInPolicy = 'never' | 'when_needed';

/** Time that a person has for a sign-in, in milliseconds, unless told otherwise. */
const CONSENT_TIMEOUT_MS = 300_000;

export interface AuthorizerOptions {
  readonly settings: ServerSettings;
  /** The key of one stored credential, whatever the settings stand for: to sign out of one that no entry claims. */
  readonly stored?: RecordKey | undefined;
  readonly ports: Ports;
  /** `never` when absent: such a call fails with `login_required` or `insufficient_scope`. */
  readonly signIn?: SignInPolicy;
  /** Milliseconds that a person has for a sign-in; 300,000 when absent. */
  readonly consentTimeoutMs?: number;
  /** Ends a sign-in that is under way. */
  readonly signal?: AbortSignal;
  /**
   * The token of whoever the program acts for now, as a request is made: it is exchanged for one that this server accepts (RFC
   * 8693). What comes of it is kept for each subject, in memory, and never in the store.
   */
  readonly subject?: () => Promise<Secret>;
  /** The `subject_token_type` of those tokens; that of an access token when absent. */
  readonly subjectType?: string;
}

export interface SignInOptions {
  /** Signs in again although a valid sign-in is there. */
  readonly force?: boolean;
  /** Nobody asked for it by name: then none is begun in the ten minutes after a person gave one up. */
  readonly unasked?: boolean;
  /** Replaces every other source of scopes for this sign-in. */
  readonly scopes?: readonly string[];
  /** The configured client belongs to another authorization server now: both, as they name themselves. */
  readonly clientMove?: ClientMove;
  readonly signal?: AbortSignal;
}

export interface SignInResult {
  /** False when a valid sign-in that covers the scopes was already there when this began. */
  readonly fresh: boolean;
  readonly record: CredentialRecord;
}

export interface SignInBegun {
  /** To be opened by the person, here or elsewhere. May hold the attempt's `state`: not for logs. */
  readonly authorizationUrl: string;
  /** What the person enters there, where the entry has them do so on any device (RFC 8628). */
  readonly device?: Pick<DeviceCode, 'userCode' | 'verificationUri' | 'verificationUriComplete'>;
  /** Epoch seconds before which the person has to open it. */
  readonly expiresAtS: number;
}

export interface AccessToken {
  readonly token: Secret;
  /** `DPoP`: refused without a proof of the key that it is bound to, which `fetch` brings and nobody else can. */
  readonly type: 'Bearer' | 'DPoP';
  /** Epoch seconds; absent when nobody knows. */
  readonly expiresAtS?: number;
}

/** One server, one account: attaches the credential, sees every 401 and 403, and does what the specification says. */
export interface Authorizer extends RequestAuthorization {
  /** `fetch` for this server: give it to any MCP or HTTP client. Requests to other origins carry no credential. */
  readonly fetch: Fetch;
  /**
   * Signs in, unless a valid sign-in that covers the scopes is there, or another process makes one meanwhile. Throws
   * `McpassError`.
   */
  signIn(options?: SignInOptions): Promise<SignInResult>;
  /**
   * Begins a sign-in and returns the address to open, without waiting: for scripts and agents. What is needed to finish
   * it is kept with the record for the time of a consent. An earlier one that was begun is forgotten.
   */
  beginSignIn(options?: Omit<SignInOptions, 'force' | 'unasked'>): Promise<SignInBegun>;
  /** Waits for the answer to the sign-in that was begun. Throws `usage` when none was, `login_timeout` when too late. */
  finishSignIn(options?: { readonly signal?: AbortSignal }): Promise<CredentialRecord>;
  /**
   * Keeps what a sign-in elsewhere came to: an access token, or a token answer as JSON. Its issuer is found as in a sign-in,
   * nobody is asked, and the tokens are not tried. Throws `usage` for anything else.
   */
  adoptTokens(tokens: Secret, options?: { readonly signal?: AbortSignal }): Promise<CredentialRecord>;
  /**
   * What a sign-in would do, step by step up to the question: the servers are asked, and nothing is registered, written or
   * renewed. What stands in the way is the `error` of the last step, not thrown.
   */
  examine(options?: Pick<SignInOptions, 'scopes' | 'signal'>): Promise<Examination>;
  /** Deletes the credential here, and revokes it at the server where that is offered. */
  signOut(options?: { readonly keepClient?: boolean }): Promise<SignOutReport>;
  /** A token that is valid now, renewed first when needed. Throws `login_required`. */
  accessToken(): Promise<AccessToken>;
  /** Renews now, whatever the expiry says. Throws `login_required` when only a sign-in helps. */
  refresh(): Promise<CredentialRecord>;
  /** Notes that the server answered a request without a sign-in: it is its state from then on, until it wants one. */
  noteWantsNone(): Promise<void>;
  /** The stored record; no network. */
  record(): Promise<CredentialRecord | undefined>;
}

/** Throws `url_invalid` when the settings' URL is none. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  return options.subject === undefined ? createOne(options) : createOnBehalf(options, options.subject);
}

function createOne(options: AuthorizerOptions): Authorizer {
  const { settings, stored, ports, signal } = options;
  const consentTimeoutMs = options.consentTimeoutMs ?? CONSENT_TIMEOUT_MS;
  const credential = createCredential({ settings, stored, ports, consentTimeoutMs });
  const maySignIn = options.signIn === 'when_needed' && ports.user !== undefined;
  const { clock } = ports;
  const mode = signInMode(settings);
  const authorization = createRequestAuthorization({ credential, settings, clock, maySignIn, signal });

  function checkSignsIn(): void {
    if (mode === 'oauth') return;
    throw new McpassError('usage', `${credential.server.host} is configured to be used without a sign-in.`, {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: 'remove auth, bearer_token_env_var or the Authorization header to sign in' },
    });
  }

  function checkAttended(): void {
    if (!isUnattended(settings)) return;
    throw new McpassError('usage', `${credential.server.host} needs no person: there is nothing to begin.`, {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'sign_in' },
    });
  }

  /** What is there, or the first token where no person is needed for it. */
  async function currentOrFirst(): Promise<CredentialRecord | undefined> {
    const record = await credential.current();
    if (record?.grant !== undefined || !isUnattended(settings)) return record;
    return credential
      .signIn({ start: {}, instead: record, unasked: true }, signal)
      .catch(async (error: unknown) => {
        if (isMcpassError(error) && error.code === 'login_not_wanted') return credential.read();
        throw error;
      });
  }

  /** The stored sign-in, for somebody who would make a new one otherwise. */
  async function goodRecord(stored: CredentialRecord | undefined): Promise<CredentialRecord | undefined> {
    // The server has no use for what a refresh brings.
    if (wasRejected(stored)) return undefined;
    return credential.current().catch(onlyStoreTrouble);
  }

  return {
    ...authorization,
    fetch: createAuthorizingFetch({ authorization, server: credential.server, ports }),
    record: () => credential.read(),

    async noteWantsNone() {
      const { key } = credential;
      await credential.ports.store.update(key, async (current) => withoutSignIn(current, key, clock.now()));
    },

    async signIn({ force = false, unasked = false, scopes, clientMove, signal: own } = {}) {
      checkSignsIn();
      const instead = await credential.read();
      const asked = force || clientMove !== undefined;
      const good = asked ? undefined : await goodRecord(instead);
      if (good !== undefined && covers(good, scopes, settings, clock.now()))
        return { fresh: false, record: good };
      const start = { ...(scopes && { scopes }), ...(clientMove && { clientMove }) };
      const record = await credential.signIn({ start, instead, unasked }, own ?? signal);
      return { fresh: true, record };
    },

    async beginSignIn({ scopes, clientMove, signal: own } = {}) {
      checkSignsIn();
      checkAttended();
      const begun = await credential.begin(
        { ...(scopes && { scopes }), ...(clientMove && { clientMove }) },
        own ?? signal,
      );
      if (begun.device === undefined) {
        const { authorizationUrl: url, openBeforeS = Infinity } = begun;
        // What is opened in time may be finished later.
        const expiresAtS = Math.min(begun.expiresAtS, openBeforeS);
        return { authorizationUrl: url.reveal(), expiresAtS };
      }
      const { device, expiresAtS } = begun;
      const authorizationUrl = device.verificationUriComplete ?? device.verificationUri;
      const { userCode, verificationUri, verificationUriComplete: complete } = device;
      const shown = { userCode, verificationUri, ...(complete && { verificationUriComplete: complete }) };
      return { authorizationUrl, device: shown, expiresAtS };
    },

    async finishSignIn({ signal: own } = {}) {
      const pending = (await credential.read())?.pending;
      if (pending !== undefined && wouldMake(settings, pending))
        return credential.finish(pending, own ?? signal);
      const { host } = credential.server;
      const why =
        pending === undefined
          ? `No sign-in to ${host} has been begun.`
          : `The sign-in to ${host} was begun at ${quote(pending.issuer)}, with another issuer, client or resource than is configured here.`;
      throw new McpassError('usage', why, {
        step: 'authorization',
        fault: 'yours',
        remedy: { do: 'sign_in' },
      });
    },

    async adoptTokens(tokens, { signal: own } = {}) {
      checkSignsIn();
      return credential.adopt(tokens, own ?? signal);
    },

    async examine({ scopes, signal: own } = {}) {
      checkSignsIn();
      return credential.examine({ ...(scopes && { scopes }) }, own ?? signal);
    },

    signOut: ({ keepClient = false } = {}) => signOut(keepClient, { ...credential, settings }),

    async accessToken() {
      const fixed = mode === 'bearer' ? await settings.bearerToken?.() : undefined;
      if (fixed !== undefined) return { token: fixed, type: 'Bearer' };
      checkSignsIn();
      const record = await currentOrFirst();
      const tokens = record?.grant?.tokens;
      if (tokens === undefined) throw noToken(record);
      const nowMs = clock.now();
      const untilS = pausedUntilS(record, nowMs);
      if (wasRejected(record) && record?.lastRefresh !== undefined && untilS !== undefined) {
        throw pauseError(record.lastRefresh, untilS, nowMs);
      }
      // One that was renewed for this and is over by the time that it was stored is the newest there is: the server decides.
      if (credentialState(record, nowMs) === 'login_required') throw signInOver(record, nowMs);
      const { access: token, type, expiresAtS } = tokens;
      return { token, type, ...(expiresAtS !== undefined && { expiresAtS }) };
    },

    async refresh() {
      checkSignsIn();
      return credential.renew(undefined);
    },
  };
}

/** For each subject an authorizer of its own, with a store of its own. */
function createOnBehalf(options: AuthorizerOptions, subject: () => Promise<Secret>): Authorizer {
  const { subjectType: type } = options;
  // Now, and not when somebody comes.
  parseServerUrl(options.settings.url);
  const subjects = createSubjects((token) =>
    createOne({
      ...options,
      signIn: 'never',
      settings: {
        ...options.settings,
        grant: 'token_exchange',
        subject: { token, ...(type !== undefined && { type }) },
      },
      ports: { ...options.ports, store: createMemoryStore() },
    }),
  );
  const now = async () => subjects.of(await subject());
  /** Whose request it is, when its answer comes. */
  const owners = new WeakMap<Exchange, Authorizer>();
  return {
    fetch: async (...request: Parameters<Fetch>) => (await now()).fetch(...request),
    async headersFor(url, exchange, method) {
      const owner = owners.get(exchange) ?? (await now());
      const attached = await owner.headersFor(url, exchange, method);
      const own = { ...attached.exchange };
      owners.set(own, owner);
      return { ...attached, exchange: own };
    },
    async verdictOn(exchange, answer) {
      const owner = owners.get(exchange) ?? (await now());
      const verdict = await owner.verdictOn(exchange, answer);
      if (verdict.action === 'resend') owners.set(verdict.exchange, owner);
      return verdict;
    },
    signIn: async (wish) => (await now()).signIn(wish),
    beginSignIn: async (wish) => (await now()).beginSignIn(wish),
    finishSignIn: async (wish) => (await now()).finishSignIn(wish),
    adoptTokens: async (tokens, wish) => (await now()).adoptTokens(tokens, wish),
    examine: async (wish) => (await now()).examine(wish),
    signOut: async (wish) => (await now()).signOut(wish),
    accessToken: async () => (await now()).accessToken(),
    refresh: async () => (await now()).refresh(),
    noteWantsNone: async () => (await now()).noteWantsNone(),
    record: async () => (await now()).record(),
  };
}

/** Why a token could not be renewed does not matter to somebody who is about to sign in again. */
function onlyStoreTrouble(error: unknown): undefined {
  if (isMcpassError(error) && error.step !== 'store') return undefined;
  throw error;
}

/** A sign-in need not be made again while it is good for what is wanted and was made with the same settings. */
function covers(
  record: CredentialRecord,
  scopes: readonly string[] | undefined,
  settings: ServerSettings,
  nowMs: number,
): boolean {
  const { grant } = record;
  if (grant === undefined || credentialState(record, nowMs) !== 'signed_in') return false;
  // It works for now, but it has been found out that it cannot be renewed.
  return record.signInNeeded === undefined && fitsWish(record, scopes, settings);
}
