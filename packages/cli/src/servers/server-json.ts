import { type CredentialRecord, shownUrl } from '@mcpass/auth';
import type { ConfiguredServer } from '@mcpass/node/config';
import type { OpenedStore } from '@mcpass/node/stores';
import { isoTime } from '../terminal/moment.js';
import { lastRefreshState } from './refresh-facts.js';
import { describeServer, type ServerState } from './server-state.js';
import { lastSignInState, stateReason } from './sign-in-facts.js';

/**
 * One server in full, as `status`, `login` and `refresh` answer with it in JSON. Its members are named one by one: an object
 * that is spread and then grows takes a hundred times as long, and there may be thousands.
 */
export function serverJson(
  server: ConfiguredServer,
  record: CredentialRecord | undefined,
  store: Pick<OpenedStore, 'kind' | 'location'>,
  nowMs: number,
  state: ServerState = describeServer(server, record, store, nowMs),
  {
    sharers = [],
    online,
  }: { readonly sharers?: readonly string[]; readonly online?: object | undefined } = {},
): object {
  const grant = record?.grant;
  // A workload need not be one of anybody's.
  const client = grant?.client.id === '' ? undefined : grant?.client;
  const { name, url, account, enabled, auth, error, grant: grantType, issuer, identity, scopes } = state;
  const { expiresAt, renewable, renewableUntil, pending, pendingUntil } = state;
  return {
    name,
    url,
    account,
    enabled,
    auth,
    state: state.state,
    error,
    grant: grantType,
    issuer,
    identity,
    scopes,
    expiresAt,
    renewable,
    renewableUntil,
    bound: state.bound,
    identityProvider: state.identityProvider,
    store: state.store,
    pending,
    pendingUntil,
    signedInAt: grant && isoTime(grant.signedInAtS),
    storeLocation: grant && store.location,
    resource: grant?.resource === undefined ? undefined : shownUrl(grant.resource),
    clientId: client?.id,
    client: client && { id: client.id, origin: client.origin },
    tolerated: grant?.deviations?.length ? grant.deviations : undefined,
    reason: stateReason(record, nowMs),
    lastRefresh: lastRefreshState(record),
    lastSignIn: lastSignInState(record),
    overrides: state.error !== undefined || server.overrides.length === 0 ? undefined : server.overrides,
    sharedWith: sharers.length === 0 ? undefined : sharers,
    online,
  } satisfies Record<keyof ServerState, unknown> & Record<string, unknown>;
}
