import { type CredentialRecord, shownUrl } from '@mcpass/auth';
import type { ConfiguredServer } from '@mcpass/node/config';
import type { OpenedStore } from '@mcpass/node/stores';
import { isoTime } from '../terminal/moment.js';
import { lastRefreshState } from './refresh-facts.js';
import { describeServer, type ServerState } from './server-state.js';
import { lastSignInState, stateReason } from './sign-in-facts.js';

/** One server in full, as `status`, `login` and `refresh` answer with it in JSON. */
export function serverJson(
  server: ConfiguredServer,
  record: CredentialRecord | undefined,
  store: OpenedStore,
  nowMs: number,
  state: ServerState = describeServer(server, record, store, nowMs),
): object {
  const grant = record?.grant;
  const lastRefresh = lastRefreshState(record);
  const lastSignIn = lastSignInState(record);
  const reason = stateReason(record, nowMs);
  return {
    ...state,
    ...(grant === undefined
      ? {}
      : {
          signedInAt: isoTime(grant.signedInAtS),
          storeLocation: store.location,
          ...(grant.resource === undefined ? {} : { resource: shownUrl(grant.resource) }),
          clientId: grant.client.id,
          client: { id: grant.client.id, origin: grant.client.origin },
          ...(grant.deviations?.length ? { tolerated: grant.deviations } : {}),
        }),
    ...(reason === undefined ? {} : { reason }),
    ...(lastRefresh === undefined ? {} : { lastRefresh }),
    ...(lastSignIn === undefined ? {} : { lastSignIn }),
    ...(server.overrides.length === 0 ? {} : { overrides: server.overrides }),
  };
}
