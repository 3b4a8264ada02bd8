import type { Clock } from '../clock.js';
import { createProofJudge } from '../dpop.js';
import type { LoggedRequest } from '../http/request-log.js';
import { get, post, type Handle, type Route } from '../http/route.js';
import { createMint } from './access-token.js';
import type { AuthorizationQuirks } from './authorization-quirks.js';
import { judgeClient } from './client-authentication.js';
import { exampleDocument } from './client-document.js';
import { createSeenAssertions } from './client-assertion.js';
import { createClientKey } from './client-key.js';
import { createClientRegistry } from './client-registry.js';
import { createConsent } from './consent.js';
import { createDeviceCodes } from './device-codes.js';
import { errorAnswer } from './error-answer.js';
import type { AccessToken, Client } from './grant.js';
import { createIdentityProvider, type IdentityProvider } from './identity-provider.js';
import { Ledger } from './ledger.js';
import { issuerOf, metadataDocument, metadataPaths } from './metadata.js';
import { inItsWords, isRefusal, type OAuthError } from './oauth-error.js';
import { createPushedRequests } from './pushed-request.js';
import { register } from './registration.js';
import { revokeToken } from './revocation.js';
import { issueTokens, JWT_BEARER } from './token-endpoint.js';
import { createWorkloadIssuer, type WorkloadClaims } from './workload-issuer.js';

/** A simulated authorization server: its places on the web, and what it knows. */
export interface AuthorizationServer {
  readonly issuer: string;
  readonly routes: readonly Route[];
  /** The first place of its metadata document; undefined when it has none. */
  readonly metadataUrl: string | undefined;
  /** A client ID metadata document that it serves for clients without one of their own. */
  readonly clientDocumentUrl: string;
  /** The private key of its clients with `private_key_jwt` that have no keys of their own, as a PEM; and where it is served. */
  readonly clientKey: string;
  readonly clientKeyUrl: string;
  /** A token of the platform whose word it takes; and where a fresh one is served. */
  workloadToken(claims?: WorkloadClaims): Promise<string>;
  readonly workloadTokenUrl: string;
  /** The identity provider whose word it takes, where it takes any. */
  readonly identityProvider: IdentityProvider;
  readonly ledger: Ledger;
  /** The token, if it is one of this server's, alive at this moment. */
  inspect(token: string): AccessToken | undefined;
  /** Forgets all clients but those that were there from the start. */
  forgetClients(): void;
  /** The metadata document, for those who publish a copy. */
  document(): Record<string, unknown>;
}

/** Where its endpoints are, and where its issuer identifier says that it is. */
export interface Origins {
  readonly origin: string;
  readonly issuerOrigin: string;
}

/** Builds an authorization server from its quirks. */
export async function createAuthorizationServer(
  { origin, issuerOrigin }: Origins,
  quirks: AuthorizationQuirks,
  resource: string,
  clock: Clock,
): Promise<AuthorizationServer> {
  const nowS = (): number => clock.nowS();
  const at = (name: string): string => `${quirks.endpointPath}/${name}`;
  const issuer = issuerOf(issuerOrigin, quirks);
  const ledger = new Ledger();
  const clients = createClientRegistry(quirks, quirks.staticClients);
  const mint = await createMint(quirks.accessTokenFormat);
  const clientKey = await createClientKey();
  const decisionPath = at('consent');
  const pushed = createPushedRequests(quirks, nowS);
  const consent = createConsent({
    quirks,
    pushed,
    ledger,
    clients,
    issuer,
    resource,
    nowS,
    scopesFrozen: quirks.scopesFrozen,
    authorizeQuery: quirks.authorizeQuery,
    decisionPath,
  });
  const proofs = createProofJudge(quirks, nowS);
  const pageUrl = origin + at('device');
  const deviceCodes = createDeviceCodes({ quirks, resource, pageUrl, nowS });
  const fail = (refusal: OAuthError): Response =>
    errorAnswer(inItsWords(refusal, quirks.wording), quirks.tokenErrors, quirks.errorText);

  const document = (): Record<string, unknown> =>
    metadataDocument({ origin, issuerOrigin }, quirks, {
      registration: quirks.registration === 'open',
      revocation: quirks.revocation,
      clientDocuments: quirks.clientDocuments !== 'off',
      pushedRequests: quirks.pushedRequests,
      deviceCodes: quirks.deviceCodes === 'on',
      proofAlgorithms: quirks.dpop === 'off' ? undefined : quirks.dpopAlgorithms,
    });
  const seen = createSeenAssertions();
  const workloads = await createWorkloadIssuer(issuer, nowS);
  const identityProvider = await createIdentityProvider({
    origin,
    path: at('idp'),
    nowS,
    audience: issuer,
    resource,
    scopes: quirks.serverScopes,
    client: { id: 'sandbox-desk', secret: 'sandbox-desk-secret', there: 'sandbox-agent' },
    barred: 'grace@sandbox.test',
    quirks,
  });
  const judge = (request: LoggedRequest) =>
    isAnonymous(request, quirks)
      ? Promise.resolve(NOBODY)
      : judgeClient(request, quirks, clients, { issuer, nowS: nowS(), seen, keys: clientKey.keys });
  const situation = {
    quirks,
    ledger,
    mint,
    proofs,
    tokenUrl: origin + at('token'),
    deviceCodes,
    issuer,
    resource,
    nowS,
    workloads,
    identityProvider,
    seen,
  };
  const token: Handle = async (request) => {
    const client = await judge(request);
    if (isRefusal(client)) return fail(client);
    const answer = await issueTokens(request, client, situation);
    const response = answer instanceof Response ? answer : fail(answer);
    const nonce = quirks.dpop === 'off' ? undefined : proofs.nonce();
    if (nonce !== undefined) response.headers.set('dpop-nonce', nonce);
    return response;
  };
  const pushedRequest: Handle = async (request) => {
    const client = await judge(request);
    if (isRefusal(client)) return fail(client);
    const answer = pushed.push(request, client, { ...quirks, quirks, resource });
    return answer instanceof Response ? answer : fail(answer);
  };
  const deviceAuthorization: Handle = async (request) => {
    const client = await judge(request);
    if (isRefusal(client)) return fail(client);
    const answer = deviceCodes.give(request, client);
    return answer instanceof Response ? answer : fail(answer);
  };
  const devicePage: Handle = (request) =>
    request.method === 'POST' ? deviceCodes.decide(request) : deviceCodes.page(request);
  const deviceRoutes: Route[] = [
    post('device-authorization', at('device_authorization'), deviceAuthorization),
    { endpoint: 'device', methods: ['GET', 'POST'], path: at('device'), handle: devicePage },
  ];
  const registration: Handle = (request) => {
    const answer = register(request, quirks, clients, nowS());
    return answer instanceof Response ? answer : errorAnswer(answer, 'standard', quirks.errorText);
  };
  const revocation: Handle = async (request) => {
    const client = await judge(request);
    return isRefusal(client) ? fail(client) : revokeToken(request, client, ledger);
  };

  const usesKeys = quirks.authMethods.includes('private_key_jwt');
  const paths = metadataPaths(quirks);
  const clientDocumentUrl = origin + at('client.json');
  return {
    issuer,
    ledger,
    document,
    clientDocumentUrl,
    clientKey: clientKey.pem,
    workloadToken: (claims) => workloads.token(claims),
    workloadTokenUrl: origin + at('workload-token'),
    identityProvider,
    clientKeyUrl: origin + at('client-key.pem'),
    metadataUrl: paths[0] === undefined ? undefined : issuerOrigin + paths[0],
    forgetClients: () => clients.forget(),
    routes: [
      ...paths.map((path) => get('metadata', path, () => Response.json(document()))),
      get('jwks', at('jwks'), () => Response.json({ keys: [mint.jwk] })),
      ...(usesKeys ? [get('client-key', at('client-key.pem'), () => new Response(clientKey.pem))] : []),
      ...(trustsWorkloads(quirks)
        ? [get('workload-token', at('workload-token'), async () => new Response(await workloads.token()))]
        : []),
      ...(trustsPeople(quirks) ? identityProvider.routes : []),
      get('client-document', at('client.json'), () => Response.json(exampleDocument(clientDocumentUrl))),
      get('authorize', at('authorize'), (request) => consent.ask(request)),
      post('consent', decisionPath, (request) => consent.decide(request)),
      post('token', at('token'), token),
      ...(quirks.pushedRequests === 'off' ? [] : [post('pushed-request', at('par'), pushedRequest)]),
      ...(quirks.deviceCodes === 'on' ? deviceRoutes : []),
      ...(quirks.registration === 'open' ? [post('register', at('register'), registration)] : []),
      ...(quirks.revocation ? [post('revoke', at('revoke'), revocation)] : []),
    ],
    inspect: (value) => {
      const found = ledger.accessTokens.get(value);
      if (found === undefined || found.revoked || found.grant.revoked) return undefined;
      return found.expiresAtS > nowS() ? found : undefined;
    },
  };
}

/** Who asks with no more than an assertion (RFC 7523 section 3.1). */
const NOBODY: Client = { id: '', name: 'nobody', redirectUris: [], authMethod: 'none' };

function isAnonymous({ form, headers }: LoggedRequest, quirks: AuthorizationQuirks): boolean {
  const names = ['client_id', 'client_assertion', 'client_secret'].some((name) => form.has(name));
  return trustsWorkloads(quirks) && !names && headers['authorization'] === undefined;
}

function trustsWorkloads({ grantTypes, assertionsOf }: AuthorizationQuirks): boolean {
  return grantTypes.includes(JWT_BEARER) && assertionsOf === 'workloads';
}

function trustsPeople({ grantTypes, assertionsOf }: AuthorizationQuirks): boolean {
  return grantTypes.includes(JWT_BEARER) && assertionsOf === 'people';
}
