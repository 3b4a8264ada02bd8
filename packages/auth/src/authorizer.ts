import type { Clock, Fetch, Ports } from './ports.js';
import type { CredentialRecord } from './record.js';
import type { Secret } from './secret.js';
import type { ServerSettings } from './settings.js';

/** Whether a call that finds a sign-in needed may start one. */
export type SignInPolicy = 'never' | 'when_needed';

export interface AuthorizerOptions {
  readonly settings: ServerSettings;
  readonly ports: Ports;
  /** `never` when absent: such a call fails with `login_required` or `insufficient_scope`. */
  readonly signIn?: SignInPolicy;
  /** Milliseconds that a person has for a sign-in; 300,000 when absent. */
  readonly consentTimeoutMs?: number;
}

export interface SignInOptions {
  /** Signs in again although a valid sign-in is there. */
  readonly force?: boolean;
  /** Replaces every other source of scopes for this sign-in. */
  readonly scopes?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface SignInResult {
  /** False when a valid sign-in that covers the scopes was already there. */
  readonly fresh: boolean;
  readonly record: CredentialRecord;
}

export interface AccessToken {
  readonly token: Secret;
  readonly type: 'Bearer';
  readonly expiresAtS?: number;
}

export type RefreshReport =
  | { readonly renewed: true; readonly record: CredentialRecord }
  | { readonly renewed: false; readonly reason: string };

export interface SignOutReport {
  /** What happened to the tokens at the server. */
  readonly revocation: 'revoked' | 'not_offered' | 'failed' | 'nothing_to_revoke';
  /** Why it failed, one line. */
  readonly detail?: string;
  /** Whether there was anything to delete here. */
  readonly deleted: boolean;
}

/** One server, one account: attaches the credential, sees every 401 and 403, and does what the specification says. */
export interface Authorizer {
  /** `fetch` for this server: give it to any MCP or HTTP client. Requests to other origins carry no credential. */
  readonly fetch: Fetch;
  signIn(options?: SignInOptions): Promise<SignInResult>;
  signOut(options?: { readonly keepClient?: boolean }): Promise<SignOutReport>;
  /** A token that is valid now, renewed first when needed. Throws `login_required`. */
  accessToken(): Promise<AccessToken>;
  /** Renews now, whatever the expiry says. */
  refresh(): Promise<RefreshReport>;
  /** The stored record; no network. */
  record(): Promise<CredentialRecord | undefined>;
}

export declare function createAuthorizer(options: AuthorizerOptions): Authorizer;
export type { Clock };
