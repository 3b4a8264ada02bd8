import {
  credentialState,
  type CredentialRecord,
  type ErrorCode,
  type McpassError,
  shownUrl,
  signInMode,
} from '@mcpass/auth';
import type { ConfiguredServer } from '@mcpass/node/config';
import type { OpenedStore } from '@mcpass/node/stores';
import { isoTime } from '../terminal/moment.js';
import { type IdentityState, identityState } from './identity-text.js';

/** One server as `list` and `status` show it; the JSON is this object. */
export interface ServerState {
  readonly name?: string;
  /** Without what is secret in it. */
  readonly url: string;
  /** Only of an account with a label. */
  readonly account?: string;
  readonly auth: 'oauth' | 'bearer' | 'none';
  /** Absent where what is stored cannot be read. */
  readonly state?: 'signed_in' | 'expired' | 'login_required' | 'not_signed_in' | 'bearer' | 'none';
  /** Why what is stored cannot be read. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  readonly issuer?: string;
  readonly identity?: IdentityState;
  readonly scopes?: { readonly requested: readonly string[]; readonly granted: readonly string[] };
  readonly expiresAt?: string;
  readonly renewable?: boolean;
  /** When the refresh token ends, unless a refresh puts that off; only where the server said so. */
  readonly renewableUntil?: string;
  readonly store?: string;
  /** Only of a server that is switched off. */
  readonly enabled?: false;
  /** A sign-in was begun with `login --no-wait` and can still be finished. */
  readonly pending?: true;
  readonly pendingUntil?: string;
}

/** Whether a sign-in is what opens this server; else a token or a header of the configuration does, or nothing. */
export function usesSignIn({ settings }: ConfiguredServer): boolean {
  return signInMode(settings) === 'oauth';
}

/** A sign-in that was begun elsewhere, as long as it can be finished. */
export function livePending(
  record: CredentialRecord | undefined,
  nowMs: number,
): CredentialRecord['pending'] {
  const pending = record?.pending;
  return pending !== undefined && pending.expiresAtS * 1000 > nowMs ? pending : undefined;
}

/** No network: the server may know better. */
export function describeServer(
  server: ConfiguredServer,
  record: CredentialRecord | undefined,
  store: OpenedStore,
  nowMs: number,
): ServerState {
  const { settings } = server;
  const who = whoIs(server);
  const mode = signInMode(settings);
  if (mode === 'none') return { ...who, auth: 'none', state: 'none' };
  if (mode !== 'oauth') return { ...who, auth: 'bearer', state: 'bearer' };
  const state = credentialState(record, nowMs);
  const grant = record?.grant;
  const pending = livePending(record, nowMs);
  const begun =
    pending === undefined ? {} : { pending: true as const, pendingUntil: isoTime(pending.expiresAtS) };
  if (grant === undefined) return { ...who, auth: 'oauth', state, ...begun };
  const { expiresAtS, refresh, refreshExpiresAtS } = grant.tokens;
  const renewable = refresh !== undefined && record?.signInNeeded === undefined;
  return {
    ...who,
    auth: 'oauth',
    state,
    issuer: grant.issuer,
    ...(grant.identity && { identity: identityState(grant.identity) }),
    scopes: {
      requested: grant.requestedScopes,
      granted: grant.grantedScopes ?? grant.requestedScopes,
    },
    ...(expiresAtS === undefined ? {} : { expiresAt: isoTime(expiresAtS) }),
    renewable,
    ...(renewable && refreshExpiresAtS !== undefined && { renewableUntil: isoTime(refreshExpiresAtS) }),
    store: store.kind,
    ...begun,
  };
}

/** A server whose stored credential cannot be read. */
export function describeUnread(server: ConfiguredServer, { code, message }: McpassError): ServerState {
  return { ...whoIs(server), auth: 'oauth', error: { code, message } };
}

function whoIs({
  name,
  settings,
  enabled,
}: ConfiguredServer): Pick<ServerState, 'name' | 'url' | 'account' | 'enabled'> {
  const { url, account } = settings;
  return {
    ...(name === undefined ? {} : { name }),
    url: shownUrl(url),
    ...(account === undefined || account === DEFAULT_ACCOUNT ? {} : { account }),
    ...(enabled ? {} : { enabled: false as const }),
  };
}

export const DEFAULT_ACCOUNT = 'default';
