import { serverIdentity, type CredentialRecord } from '@mcpass/auth';
import type { Config, ConfiguredServer } from '@mcpass/node/config';
import { openStore, type OpenedStore } from '@mcpass/node/stores';
import { readConfiguration } from './configuration.js';
import type { Deps } from './deps.js';
import { withAccount } from './server-access.js';
import { DEFAULT_ACCOUNT, describeServer, readRecord, type ServerState } from './server-state.js';

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
  const store = openStore({ choice: config.credentialsStore, paths });
  const named =
    wanted === undefined ? config.servers().map(({ name }) => config.server(name)) : [config.server(wanted)];
  const configured = named.map((server) => withAccount(server, deps));
  const stored = await store.list();
  const nowMs = Date.now();
  const failures: unknown[] = [];
  const servers: KnownServer[] = [];

  const know = async (server: ConfiguredServer) => {
    try {
      const record = await readRecord(store, server);
      servers.push({ server, record, state: describeServer(server, record, store, nowMs) });
    } catch (thrown) {
      failures.push(thrown);
    }
  };

  for (const server of configured) {
    await know(server);
    // Other accounts of the same server, unless one was asked for.
    if (deps.globals.account !== undefined) continue;
    for (const { account } of stored.filter((record) => isOf(record, server))) {
      if (account === (server.settings.account ?? DEFAULT_ACCOUNT)) continue;
      await know({ ...server, settings: { ...server.settings, account } });
    }
  }
  if (wanted === undefined) {
    for (const { server: url, account, grant } of stored) {
      if (grant === undefined || configured.some((server) => serverIdentity(server.settings.url) === url))
        continue;
      if (deps.globals.account !== undefined && deps.globals.account !== account) continue;
      const server = config.server(url);
      await know({ ...server, settings: { ...server.settings, account } });
    }
  }
  return { servers, store, config, failures };
}

function isOf(record: CredentialRecord, server: ConfiguredServer): boolean {
  return record.grant !== undefined && record.server === serverIdentity(server.settings.url);
}
