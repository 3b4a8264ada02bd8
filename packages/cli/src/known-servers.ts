import { serverIdentity, type CredentialRecord } from '@mcpass/auth';
import type { Config, ConfiguredServer } from '@mcpass/node/config';
import type { OpenedStore } from '@mcpass/node/stores';
import { readConfiguration } from './configuration.js';
import { openCredentialStore } from './credential-store.js';
import type { Deps } from './deps.js';
import { withAccount } from './server-access.js';
import {
  DEFAULT_ACCOUNT,
  describeServer,
  livePending,
  readRecord,
  type ServerState,
  usesSignIn,
} from './server-state.js';

/** A server with what is stored for it. */
export interface KnownServer {
  readonly server: ConfiguredServer;
  readonly record: CredentialRecord | undefined;
  readonly state: ServerState;
}

export interface KnownServers {
  readonly servers: readonly KnownServer[];
  readonly store: OpenedStore;
  readonly config: Config;
  /** Records that could not be read: the others are shown all the same, and then this is thrown. */
  readonly failures: readonly unknown[];
}

/**
 * The configured servers, and those that somebody signed in to by URL. No network. With `wanted`, only that one; a
 * server with several accounts comes once for each.
 */
export async function knownServers(deps: Deps, wanted?: string): Promise<KnownServers> {
  const { config, paths } = readConfiguration(deps);
  const store = openCredentialStore(deps, config, paths);
  const named =
    wanted === undefined ? config.servers().map(({ name }) => config.server(name)) : [config.server(wanted)];
  const configured = named.map((server) => withAccount(server, deps));
  const stored = await store.list();
  const nowMs = Date.now();
  const failures: unknown[] = [];
  const servers: KnownServer[] = [];

  const know = async (server: ConfiguredServer) => {
    try {
      // What another name for the same URL signed in to is not this one's.
      const record = usesSignIn(server) ? await readRecord(store, server) : undefined;
      servers.push({ server, record, state: describeServer(server, record, store, nowMs) });
    } catch (thrown) {
      failures.push(thrown);
    }
  };

  for (const server of configured) {
    await know(server);
    // Other accounts of the same server, unless one was asked for.
    if (deps.globals.account !== undefined || !usesSignIn(server)) continue;
    for (const { account } of stored.filter((record) => isOf(record, server, nowMs))) {
      if (account === (server.settings.account ?? DEFAULT_ACCOUNT)) continue;
      await know({ ...server, settings: { ...server.settings, account } });
    }
  }
  if (wanted === undefined) {
    const byUrl = stored.toSorted(
      (one, other) => compare(one.server, other.server) || compare(one.account, other.account),
    );
    for (const record of byUrl) {
      const { server: url, account } = record;
      if (!isSignIn(record, nowMs)) continue;
      if (configured.some((server) => usesSignIn(server) && serverIdentity(server.settings.url) === url))
        continue;
      if (deps.globals.account !== undefined && deps.globals.account !== account) continue;
      const { name: _, ...found } = config.server(url);
      // An entry for the same URL that does without a sign-in has no part in this one.
      const settings = usesSignIn(found) ? found.settings : { url };
      await know({ ...found, settings: { ...settings, account } });
    }
  }
  return { servers, store, config, failures };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function isOf(record: CredentialRecord, server: ConfiguredServer, nowMs: number): boolean {
  return isSignIn(record, nowMs) && record.server === serverIdentity(server.settings.url);
}

/** A record may hold no more than a registered client. */
function isSignIn(record: CredentialRecord, nowMs: number): boolean {
  return record.grant !== undefined || livePending(record, nowMs) !== undefined;
}
