import { createAuthorizationServer, type AuthorizationServer } from './authorization/authorization-server.js';
import { PLAIN_AUTHORIZATION } from './authorization/authorization-quirks.js';
import type { PersonClaims } from './authorization/person-claims.js';
import type { WorkloadClaims } from './authorization/workload-issuer.js';
import { createClock } from './clock.js';
import { FaultPlan, type Fault, type FaultPlace } from './http/fault.js';
import type { ServedCertificate } from './http/certificate.js';
import { openListener, type Listener } from './http/listener.js';
import { RequestLog, type LoggedRequest, type ServerName } from './http/request-log.js';
import { mount, mountRest, type Wiring } from './http/route.js';
import { combine, PLAIN_PLACE, type Quirks } from './profile.js';
import { quirkNamed } from './quirks.js';
import { PROFILES, type ProfileName } from './profiles.js';
import { PLAIN_RESOURCE } from './resource/resource-quirks.js';
import { createResourceServer } from './resource/resource-server.js';
import { createConversation } from './watch/conversation.js';
import { createUser, type User, type UserKind } from './user.js';

/** How a sandbox runs, apart from what it simulates. */
export interface RunOptions {
  /** Behaviours of `QUIRKS` by name, on top of the profile. */
  readonly with: readonly string[];
  /** Port of the MCP server; 0 lets the system choose. */
  readonly port: number;
  /** Port of the authorization server, where it has its own. */
  readonly authorizationPort: number;
  /** Serves https with this certificate, which has to be good for `hostname`; see `createCertificate`. */
  readonly https: ServedCertificate;
  /** The host name in all URLs; the sockets are bound to 127.0.0.1 in any case. */
  readonly hostname: '127.0.0.1' | 'localhost';
  /** How far the servers' clock is ahead of the machine's. */
  readonly clockOffsetSeconds: number;
  /** Called when a request has been answered or cut off. */
  readonly onAnswer: (request: LoggedRequest) => void;
}

/** What a caller may set: any quirk of the profile, and how the sandbox runs. */
export type SandboxOptions = Partial<Quirks & RunOptions>;

/** A running MCP server with its authorization server. */
export interface Sandbox extends AsyncDisposable {
  /** What it simulates. */
  readonly quirks: Quirks;
  /** The URL of the MCP server. */
  readonly url: string;
  /** The issuer of its authorization server. */
  readonly issuer: string;
  /** The audience of its access tokens: what `resource` has to be. */
  readonly resource: string;
  /** The address of a client ID metadata document for a client on loopback, at `/callback`. */
  readonly clientDocumentUrl: string;
  /** The private key (PEM) of a client with `private_key_jwt` that has no keys of its own; and where it is served. */
  readonly clientKey: string;
  readonly clientKeyUrl: string;
  /** A token of the platform whose word the authorization server takes for workloads; and where a fresh one is served. */
  workloadToken(claims?: WorkloadClaims): Promise<string>;
  readonly workloadTokenUrl: string;
  /** The issuer of the identity provider whose word it takes for people, an ID token of it, and where a fresh one is served. */
  readonly identityProvider: string;
  idToken(claims?: PersonClaims): Promise<string>;
  readonly idTokenUrl: string;
  /** Everything both servers were asked. */
  readonly log: RequestLog;
  /** A simulated user; `person` is the subject that is chosen on the consent page, the first one when absent. */
  user(kind?: UserKind, person?: string): User;
  /** Plays a fault on the next `times` (1) requests to an endpoint, or to one operation of it: `mcp tools/call`. */
  fault(place: FaultPlace, fault: Fault, times?: number): void;
  /** Makes every access token of this moment invalid; refresh tokens live on. */
  revokeAccessTokens(): void;
  /** Makes every access token of this moment expired; refresh tokens live on. */
  expireAccessTokens(): void;
  /** Ends every grant of this moment: access and refresh tokens are worth nothing. */
  revokeGrants(): void;
  /** Forgets every registered client, as a server does after a restart. */
  forgetClients(): void;
  /** Forgets every MCP session; older clients get a 404 and have to initialize again. */
  dropSessions(): void;
  /** Moves the servers' clock. */
  advanceClock(seconds: number): void;
  /** Moves to a new authorization server, at an issuer of its own; the old one stays but its tokens are refused. */
  migrate(overrides?: Partial<Quirks>): Promise<void>;
  /** Sends a notification to every client that listens, such as `notifications/tools/list_changed`. */
  announce(method: string, params?: Readonly<Record<string, unknown>>): void;
  /** Ends both servers and all their connections. */
  close(): Promise<void>;
}

const NO_OPTIONS: SandboxOptions = {};

/**
 * Starts a sandbox on loopback.
 *
 * @param overrides any quirk of the profile, and how to run; see {@link SandboxOptions}
 */
export async function startSandbox(
  profile: ProfileName,
  overrides: SandboxOptions = NO_OPTIONS,
): Promise<Sandbox> {
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  try {
    return await assemble(profile, overrides, listeners, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  profile: ProfileName,
  overrides: SandboxOptions,
  listeners: Listener[],
  close: () => Promise<void>,
): Promise<Sandbox> {
  const base = { ...PLAIN_AUTHORIZATION, ...PLAIN_RESOURCE, ...PLAIN_PLACE };
  const named = (overrides.with ?? []).map((name) => quirkNamed(name).quirks);
  const quirks: Quirks = { ...base, ...combine(PROFILES[profile].quirks, ...named), ...overrides };
  const { hostname = '127.0.0.1', https, clockOffsetSeconds = 0, onAnswer = ignore } = overrides;
  const clock = createClock(clockOffsetSeconds);
  const log = new RequestLog();
  const conversation = createConversation([profile, ...(overrides.with ?? [])].join(' + '), log);
  const wiring: Wiring = {
    log,
    faults: new FaultPlan(quirks.faults),
    clock,
    onAnswer: (request) => {
      onAnswer(request);
      conversation.show(request);
    },
  };
  const listen = async (port: number): Promise<Listener> => {
    const listener = await openListener({ port, hostname, ...(https && { https }) });
    listeners.push(listener);
    return listener;
  };
  const openAuthorization = async (listener: Listener, quirks: Quirks): Promise<AuthorizationServer> => {
    const issuerOrigin = quirks.issuerAt === 'mcp-origin' ? resourceListener.origin : listener.origin;
    const server = await createAuthorizationServer(
      { origin: listener.origin, issuerOrigin },
      quirks,
      resource.resource,
      clock,
    );
    mount(listener.app, 'authorization', server.routes, wiring);
    return server;
  };
  const begin = (listener: Listener, server: ServerName): void => {
    if (quirks.mcpPath !== '/') conversation.mount(listener.app);
    mountRest(listener.app, server, wiring);
    listener.start();
  };

  const resourceListener = await listen(overrides.port ?? 0);
  const resource = createResourceServer(resourceListener.origin, quirks, () => current, clock);
  mount(resourceListener.app, 'resource', resource.routes, wiring);
  const authorizationListener = quirks.sameOrigin
    ? resourceListener
    : await listen(overrides.authorizationPort ?? 0);
  let current = await openAuthorization(authorizationListener, quirks);
  const { clientDocumentUrl, clientKey, clientKeyUrl, workloadTokenUrl, identityProvider } = current;
  if (!quirks.sameOrigin) begin(authorizationListener, 'authorization');
  begin(resourceListener, 'resource');

  return {
    quirks,
    url: resource.url,
    get issuer() {
      return current.issuer;
    },
    resource: resource.resource,
    clientDocumentUrl,
    clientKey,
    clientKeyUrl,
    workloadToken: (claims) => current.workloadToken(claims),
    workloadTokenUrl,
    identityProvider: identityProvider.issuer,
    idToken: (claims) => identityProvider.idToken(claims),
    idTokenUrl: `${identityProvider.issuer}/id-token`,
    log: wiring.log,
    user: (kind = 'consents', person) => createUser(kind, person),
    fault: (place, fault, times = 1) => wiring.faults.set(place, fault, times),
    revokeAccessTokens: () => {
      for (const token of current.ledger.accessTokensOf()) token.revoked = true;
    },
    expireAccessTokens: () => {
      for (const token of current.ledger.accessTokensOf()) token.expiresAtS = clock.nowS() - 1;
    },
    revokeGrants: () => current.ledger.revokeAll(),
    forgetClients: () => current.forgetClients(),
    dropSessions: () => resource.endpoint.dropSessions(),
    advanceClock: (seconds) => clock.advance(seconds),
    migrate: async (changed = {}) => {
      const listener = await listen(0);
      current = await openAuthorization(listener, { ...quirks, ...changed });
      begin(listener, 'authorization');
    },
    announce: (method, params = {}) => resource.endpoint.announce(method, params),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function ignore(): void {
  // Nobody is watching.
}
