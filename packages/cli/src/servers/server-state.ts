import {
  credentialState,
  type CredentialRecord,
  type ErrorCode,
  type GrantType,
  isRenewable,
  isUnattended,
  type McpassError,
  shownUrl,
  signInMode,
} from '@mcpass/auth';
import type { ConfiguredServer } from '@mcpass/node/config';
import type { OpenedStore } from '@mcpass/node/stores';
import { isoTime } from '../terminal/moment.js';
import { type IdentityState, identityState } from './identity-text.js';

/**
 * One server as `list` and `status` show it; the JSON is this object, without what is undefined. Of thousands
 * each is made at once with all its members: one that grows is several times as large.
 */
export interface ServerState {
  readonly name?: string | undefined;
  /** Without what is secret in it. */
  readonly url: string;
  /** Only of an account with a label. */
  readonly account?: string | undefined;
  readonly auth: 'oauth' | 'bearer' | 'none';
  /** Absent where what is stored cannot be read. */
  readonly state?:
    | 'signed_in'
    | 'expired'
    | 'login_required'
    | 'not_signed_in'
    | 'bearer'
    | 'none'
    | undefined;
  /** Why what is stored cannot be read. */
  readonly error?: { readonly code: ErrorCode; readonly message: string } | undefined;
  /** Only where no person signs in: the grant that brings the tokens. */
  readonly grant?: GrantType | undefined;
  readonly issuer?: string | undefined;
  /** Who vouches for the person there: the grant `enterprise`. */
  readonly identityProvider?: { readonly name: string; readonly issuer: string } | undefined;
  readonly identity?: IdentityState | undefined;
  readonly scopes?:
    | { readonly requested: readonly string[]; readonly granted: readonly string[] }
    | undefined;
  readonly expiresAt?: string | undefined;
  readonly renewable?: boolean | undefined;
  /** When the refresh token ends, unless a refresh puts that off; only where the server said so. */
  readonly renewableUntil?: string | undefined;
  /** The access token is of no use without its key (DPoP). */
  readonly bound?: true | undefined;
  readonly store?: string | undefined;
  /** Only of a server that is switched off. */
  readonly enabled?: false | undefined;
  /** A sign-in was begun with `login --no-wait` and can still be finished. */
  readonly pending?: true | undefined;
  readonly pendingUntil?: string | undefined;
}

/** Whether a sign-in is what opens this server; else a token or a header of the configuration does, or nothing. */
export function usesSignIn({ settings }: ConfiguredServer): boolean {
  return signInMode(settings) === 'oauth';
}

/** Nothing is stored, and nothing needs to be: the first use gets its token by itself. */
export function isReady({ state, grant }: ServerState): boolean {
  return state === 'not_signed_in' && grant !== undefined;
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
  store: Pick<OpenedStore, 'kind'>,
  nowMs: number,
): ServerState {
  const mode = signInMode(server.settings);
  if (mode === 'none') return { ...whoIs(server), auth: 'none', state: 'none' };
  if (mode !== 'oauth') return { ...whoIs(server), auth: 'bearer', state: 'bearer' };
  const grant = record?.grant;
  const tokens = grant?.tokens;
  const pending = livePending(record, nowMs);
  const renewable = tokens && isRenewable(record);
  const renewableUntilS = renewable === true ? tokens.refreshExpiresAtS : undefined;
  const { name, url, account, enabled } = whoIs(server);
  return {
    name,
    url,
    account,
    enabled,
    auth: 'oauth',
    state: credentialState(record, nowMs),
    grant: isUnattended(server.settings) ? server.settings.grant : undefined,
    issuer: grant?.issuer,
    identityProvider: server.settings.identityProvider && {
      name: server.settings.identityProvider.name,
      issuer: server.settings.identityProvider.issuer,
    },
    identity: grant?.identity && identityState(grant.identity),
    scopes: grant && {
      requested: grant.requestedScopes,
      granted: grant.grantedScopes ?? grant.requestedScopes,
    },
    expiresAt: timeOf(tokens?.expiresAtS),
    renewable,
    renewableUntil: timeOf(renewableUntilS),
    bound: tokens?.type === 'DPoP' ? true : undefined,
    store: grant && store.kind,
    pending: pending && true,
    pendingUntil: timeOf(pending?.expiresAtS),
  };
}

function timeOf(epochS: number | undefined): string | undefined {
  return epochS === undefined ? undefined : isoTime(epochS);
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
    name,
    url: shownUrl(url),
    account: account === DEFAULT_ACCOUNT ? undefined : account,
    enabled: enabled ? undefined : false,
  };
}

export const DEFAULT_ACCOUNT = 'default';
