import {
  createAuthorizer,
  McpassError,
  plain,
  type Authorizer,
  type Clock,
  type Fetch,
  type Ports,
  type RecordKey,
  type ServerSettings,
  type SignInPolicy,
  type Store,
} from '@mcpass/auth';
import type { Config, ConfiguredServer } from '@mcpass/node/config';
import { type Connecting, createConnecting, systemClock, systemRandom } from '@mcpass/node/fetch';
import type { Paths } from '@mcpass/node/paths';
import { createClientBindings, type OpenedStore } from '@mcpass/node/stores';
import { readConfiguration } from './configuration.js';
import { openCredentialStore } from './credential-store.js';
import type { Deps } from '../deps.js';
import { createSystemFetch } from './system-fetch.js';
import { warn } from '../terminal/warning.js';

/** One server with everything that the engine needs to work on it. */
export interface ServerAccess {
  /** For people: the configured name, else the URL. */
  readonly name: string;
  readonly server: ConfiguredServer;
  readonly config: Config;
  readonly paths: Paths;
  readonly store: OpenedStore;
  readonly authorizer: Authorizer;
  readonly connecting: Connecting | undefined;
  /** The way to the server, without a credential. */
  readonly fetch: Fetch;
}

export interface AccessOptions {
  /** `never` when absent. */
  readonly signIn?: SignInPolicy;
  /** Who signs in, and in which order; made only here, because the conversation names the server. */
  readonly person?: (
    server: ConfiguredServer,
    around: Pick<ServerAccess, 'config' | 'paths'>,
  ) => Pick<Ports, 'user' | 'turns'>;
  readonly consentTimeoutMs?: number | undefined;
  /** A credential may come of it; where a person may sign in when absent. */
  readonly newCredential?: boolean;
  /** Lines for the person on the way; printed as they are when absent. */
  readonly say?: (line: string) => void;
  /** Also a server that is switched off: to sign out of it. */
  readonly disabled?: boolean;
  /** The store that is there, even when the configuration names another one: to sign out of it. */
  readonly anyStore?: boolean;
  /** The key of one stored credential, whichever the configuration stands for. */
  readonly stored?: RecordKey | undefined;
  /** The person enters a code on any device, whatever the configuration says. */
  readonly device?: boolean | undefined;
  /** Instead of what the configuration says: for a stored credential that no entry claims. */
  readonly settings?: ServerSettings | undefined;
  /** Instead of the client that the configuration names, if any. */
  readonly client?: Pick<ServerSettings, 'client' | 'places'> | undefined;
  /** What the engine is given instead of the store itself. */
  readonly engineStore?: (store: OpenedStore) => Store;
  /** Whose time counts; the machine's when absent. */
  readonly clock?: Clock | undefined;
  /** For calls of the server's tools, which may take as long as the configuration says. */
  readonly calls?: boolean;
}

/** Throws `server_unknown`, `url_invalid`, `config_invalid`. */
export function openServer(deps: Deps, nameOrUrl: string, options: AccessOptions = {}): ServerAccess {
  const { config, paths } = readConfiguration(deps);
  const found = config.server(nameOrUrl);
  if (!found.enabled && options.disabled !== true) throw switchedOff(found, config);
  for (const warning of found.warnings) warn(deps, warning.message);
  const { client, device = false } = options;
  const grant = device ? { grant: 'device_code' as const } : {};
  const settings = { ...(options.settings ?? found.settings), ...client, ...grant };
  const server = withAccount({ ...found, settings }, deps);
  const { say, anyStore, engineStore, newCredential = options.person !== undefined } = options;
  const store = openCredentialStore(deps, config, paths, { say, anyStore, newCredential });
  const patienceMs = Math.max(server.startupTimeoutMs, server.toolTimeoutMs);
  const connecting = createConnecting(deps.env, server);
  const fetch = createSystemFetch(deps, connecting, options.calls === true ? patienceMs : 0);
  const authorizer = createAuthorizer({
    settings: server.settings,
    stored: options.stored,
    ports: {
      fetch,
      clock: options.clock ?? systemClock,
      random: systemRandom,
      store: engineStore?.(store) ?? store,
      clients: createClientBindings(paths, store.kind),
      ...options.person?.(server, { config, paths }),
      observe: deps.events.observe,
    },
    signIn: options.signIn ?? 'never',
    signal: deps.signal,
    ...(options.consentTimeoutMs === undefined ? {} : { consentTimeoutMs: options.consentTimeoutMs }),
  });
  return {
    name: server.name ?? server.settings.url,
    server,
    config,
    paths,
    store,
    authorizer,
    connecting,
    fetch,
  };
}

function switchedOff({ name, settings }: ConfiguredServer, config: Config): McpassError {
  const origin = config.explain('enabled', name ?? settings.url).origin;
  const place =
    origin === undefined ? '' : ` (${origin.place}${origin.line === undefined ? '' : `:${origin.line}`})`;
  return new McpassError(
    'config_invalid',
    plain(`${name ?? settings.url} is switched off: enabled = false${place}.`, 1_000),
    {
      step: 'config',
      fault: 'yours',
      remedy: { do: 'say', text: 'take that line out, or add -c enabled=true to the command' },
    },
  );
}

/** `--account` chooses among the accounts of one server. */
export function withAccount(server: ConfiguredServer, { globals }: Deps): ConfiguredServer {
  if (globals.account === undefined) return server;
  return { ...server, settings: { ...server.settings, account: globals.account } };
}
