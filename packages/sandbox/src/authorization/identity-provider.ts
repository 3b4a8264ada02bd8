import { randomUUID } from 'node:crypto';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { LoggedRequest } from '../http/request-log.js';
import { get, post, type Route } from '../http/route.js';
import { createSeenAssertions, judgeAssertion } from './client-assertion.js';
import { judgeClient } from './client-authentication.js';
import { createClientRegistry } from './client-registry.js';
import type { ClientDocumentQuirks } from './client-document.js';
import { errorAnswer } from './error-answer.js';
import { isRefusal, refuse, type OAuthError } from './oauth-error.js';
import type { PeopleIssuer, PersonClaims } from './person-claims.js';
import { parseScope } from './scope.js';

/** The identity provider of an organisation, whose word the authorization server takes for its people. */
export interface IdentityProvider extends PeopleIssuer {
  readonly routes: readonly Route[];
  /** An ID token as it would come of a sign-in there. */
  idToken(claims?: PersonClaims): Promise<string>;
}

export interface IdentityProviderOptions {
  readonly origin: string;
  /** Below it its endpoints are, and it is part of the issuer. */
  readonly path: string;
  readonly nowS: () => number;
  /** The one pair that its policy allows: an authorization server, and an MCP server that it issues tokens for. */
  readonly audience: string;
  readonly resource: string;
  readonly scopes: readonly string[] | undefined;
  /** Who may ask for it, and what that client is called over there. */
  readonly client: { readonly id: string; readonly secret: string; readonly there: string };
  /** Whom its policy lets in nowhere. */
  readonly barred: string;
  readonly quirks: ClientDocumentQuirks & Parameters<typeof judgeClient>[1];
}

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag';
/** The `typ` of what it issues (MCP extension for enterprise-managed authorization, section 4.3). */
export const ID_JAG_TYPE = 'oauth-id-jag+jwt';
const ID_TOKEN_S = 3600;
const ASSERTION_S = 300;

/** A provider with a key and a client of its own. */
export async function createIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const { origin, path, nowS, client, quirks } = options;
  const issuer = origin + path;
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'idp', alg: 'ES256', use: 'sig' }] };
  const clients = createClientRegistry(quirks, [
    {
      id: client.id,
      secret: client.secret,
      name: 'Sandbox desk',
      authMethod: 'client_secret_basic',
      redirectUris: [],
    },
  ]);
  const seen = createSeenAssertions();
  const sign = (claims: Readonly<Record<string, unknown>>, typ: string, lifeS: number, by: string) =>
    new SignJWT({ ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'idp', typ })
      .setIssuer(by)
      .setIssuedAt(nowS())
      .setExpirationTime(nowS() + lifeS)
      .sign(privateKey);
  const idToken = (claims: PersonClaims = {}) =>
    sign(
      { sub: claims.subject ?? 'ada@sandbox.test', aud: claims.audience ?? client.id },
      'JWT',
      claims.expiresInS ?? ID_TOKEN_S,
      claims.issuer ?? issuer,
    );

  const exchange = async (request: LoggedRequest): Promise<Response> => {
    const asking = await judgeClient(request, quirks, clients, { issuer, nowS: nowS(), seen, keys });
    if (isRefusal(asking)) return errorAnswer(asking);
    const refusal = await judgeExchange(request.form);
    if (refusal !== undefined) return errorAnswer(refusal);
    const { form } = request;
    const scope = form.get('scope');
    const token = await sign(
      {
        sub: decodeJwt(form.get('subject_token') ?? '').sub,
        aud: form.get('audience'),
        resource: form.get('resource'),
        client_id: client.there,
        ...(scope !== null && { scope }),
      },
      ID_JAG_TYPE,
      ASSERTION_S,
      issuer,
    );
    return Response.json(
      { issued_token_type: ID_JAG, access_token: token, token_type: 'N_A', expires_in: ASSERTION_S },
      { headers: { 'cache-control': 'no-store' } },
    );
  };

  const judgeExchange = async (form: URLSearchParams): Promise<OAuthError | undefined> => {
    const twice = [...form.keys()].find((name) => form.getAll(name).length > 1);
    if (twice !== undefined) return refuse('invalid_request', `parameter ${twice} was sent twice`);
    if (form.get('grant_type') !== TOKEN_EXCHANGE)
      return refuse('unsupported_grant_type', 'only token exchange');
    if (form.get('requested_token_type') !== ID_JAG)
      return refuse('invalid_request', 'requested_token_type is another one');
    if (form.get('subject_token_type') !== ID_TOKEN)
      return refuse('invalid_request', 'subject_token_type is another one');
    const wrong = await judgeAssertion(form.get('subject_token') ?? '', {
      what: 'ID token',
      error: 'invalid_grant',
      keys,
      audience: client.id,
      issuer,
      nowS: nowS(),
      lifeSeconds: 24 * 3600,
      seen,
      once: false,
    });
    if (wrong !== undefined) return wrong;
    // Section 6.6.1: the two belong together.
    if (form.get('audience') !== options.audience || form.get('resource') !== options.resource)
      return refuse('invalid_target', 'no such pair of audience and resource');
    const unknown = parseScope(form.get('scope') ?? '').find(
      (name) => options.scopes?.includes(name) === false,
    );
    if (unknown !== undefined) return refuse('invalid_scope', `${unknown} is not allowed by policy`);
    if (decodeJwt(form.get('subject_token') ?? '').sub === options.barred)
      return refuse('access_denied', 'the policy of the organisation does not allow this application', 403);
    return undefined;
  };

  const document = () =>
    Response.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: [TOKEN_EXCHANGE],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
  return {
    issuer,
    keys,
    idToken,
    routes: [
      get('idp-metadata', `/.well-known/oauth-authorization-server${path}`, document),
      get('idp-metadata', `${path}/.well-known/openid-configuration`, document),
      get('idp-jwks', `${path}/jwks`, () => Response.json(keys)),
      get('id-token', `${path}/id-token`, async () => new Response(await idToken())),
      post('idp-token', `${path}/token`, exchange),
    ],
  };
}
