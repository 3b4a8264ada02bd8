import { randomUUID } from 'node:crypto';
import type { ProofJudge } from '../dpop.js';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { LoggedRequest } from '../http/request-log.js';
import { judgeAssertion, type SeenAssertions } from './client-assertion.js';
import type { AccessTokenMint } from './access-token.js';
import type { ConsentQuirks } from './consent.js';
import { judgeResource, type AuthorizeQuirks } from './authorization-request.js';
import { DEVICE_CODE_GRANT, type DeviceCodes, type DeviceQuirks } from './device-codes.js';
import type { AccessToken, Client, Grant, RefreshToken } from './grant.js';
import { issueIdToken, type IdTokenQuirks } from './id-token.js';
import { ID_JAG_TYPE } from './identity-provider.js';
import type { PeopleIssuer } from './person-claims.js';
import type { Ledger } from './ledger.js';
import type { MetadataQuirks } from './metadata.js';
import { isRefusal, refuse, type OAuthError } from './oauth-error.js';
import { verifies } from './pkce.js';
import { judgeReuse, type Rotation } from './rotation.js';
import { parseScope } from './scope.js';
import { bindGrant, judgeBinding, type BindingQuirks } from './token-binding.js';
import type { WorkloadIssuer } from './workload-issuer.js';
import { tokenAnswer, type TokenAnswerQuirks } from './token-answer.js';

/** What tokens are like and how they are renewed. */
export interface TokenQuirks extends TokenAnswerQuirks, IdTokenQuirks {
  readonly accessTokenFormat: 'jwt' | 'opaque';
  readonly accessTokenSeconds: number;
  /** Who gets one: everybody, who asked for the scope, who sent Google's `access_type=offline`, nobody. */
  readonly refreshTokens: 'always' | 'offline_access' | 'access_type' | 'never';
  /** Lifetime of a refresh token, from its issue. */
  readonly refreshTokenSeconds: number;
  readonly rotation: Rotation;
  /** A refresh ends the access tokens issued before: at once (Notion), or some seconds later (Atlassian). */
  readonly refreshRevokesAccessTokens: boolean | { readonly afterSeconds: number };
  /** The audience when a token request names no resource: the granted one, or the issuer, which no MCP server accepts. */
  readonly audienceWithoutResource: 'granted' | 'issuer';
  /** RFC 6749 section 6 makes `scope` optional in a refresh; some servers see it otherwise. */
  readonly refreshScope: 'optional' | 'required' | 'refused';
  /** Whose word is taken with the grant of RFC 7523: a platform's for its workloads, or an identity provider's for people. */
  readonly assertionsOf: 'workloads' | 'people';
}

/** What the token endpoint needs to know of its server. */
export interface TokenSituation {
  readonly quirks: TokenQuirks &
    BindingQuirks &
    Pick<AuthorizeQuirks, 'resource'> &
    Pick<ConsentQuirks, 'audienceFrom'> &
    Pick<DeviceQuirks, 'deviceCodes'> &
    Pick<MetadataQuirks, 'grantTypes' | 'serverScopes'>;
  readonly ledger: Ledger;
  readonly mint: AccessTokenMint;
  readonly deviceCodes: DeviceCodes;
  readonly proofs: ProofJudge;
  /** The address of this endpoint, which a proof has to name. */
  readonly tokenUrl: string;
  readonly issuer: string;
  /** The resource that this server issues tokens for. */
  readonly resource: string;
  readonly nowS: () => number;
  /** Whose word is taken for workloads, and which of their tokens were here. */
  readonly workloads: Pick<WorkloadIssuer, 'issuer' | 'subject' | 'keys'>;
  /** Whose word is taken for people. */
  readonly identityProvider: PeopleIssuer;
  readonly seen: SeenAssertions;
}

/** A grant that may be turned into tokens now. */
interface Redeemed {
  readonly grant: Grant;
  readonly refreshToken: string | undefined;
}

/** Serves a token request of an authenticated client. */
export async function issueTokens(
  request: LoggedRequest,
  client: Client,
  situation: TokenSituation,
): Promise<Response | OAuthError> {
  const twice = [...request.form.keys()].find((name) => request.form.getAll(name).length > 1);
  if (twice !== undefined) return refuse('invalid_request', `parameter ${twice} was sent twice`);
  const type = request.form.get('grant_type') ?? '';
  const { grantTypes, deviceCodes } = situation.quirks;
  const isServed = type === DEVICE_CODE_GRANT ? deviceCodes === 'on' : grantTypes.includes(type);
  const redeem = isServed ? GRANTS.get(type) : undefined;
  if (redeem === undefined) return refuse('unsupported_grant_type', `only ${grantTypes.join(' or ')}`);
  // Before anything is spent (RFC 9449 section 5).
  const boundTo = await judgeBinding(request, situation.quirks, situation.proofs, situation.tokenUrl);
  if (typeof boundTo === 'object') return boundTo;
  // What `judge` does with codes and refresh tokens is synchronous: of two simultaneous requests one is first.
  const judged = await redeem.judge(request.form, client, situation, boundTo);
  if (isRefusal(judged)) return judged;
  const { grant, refreshToken } = judged;
  const token = await issueAccessToken(grant, request.form.get('resource'), situation);
  const idToken = await issueIdToken(grant, redeem.isRefresh, situation);
  const body = {
    access_token: token.value,
    token_type: grant.boundTo === undefined ? 'Bearer' : 'DPoP',
    expires_in: situation.quirks.accessTokenSeconds,
    scope: grant.scopes.join(' '),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(idToken !== undefined && { id_token: idToken }),
  };
  const asksForJson = request.headers['accept']?.includes('json') === true;
  return tokenAnswer(body, situation.quirks, { isRefresh: redeem.isRefresh, asksForJson });
}

type Judge = (
  form: URLSearchParams,
  client: Client,
  situation: TokenSituation,
  /** Fingerprint of the key of the proof. */
  boundTo: string | undefined,
) => Redeemed | OAuthError | Promise<Redeemed | OAuthError>;

/** RFC 7523 section 2.1. */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const GRANTS = new Map<string, { judge: Judge; isRefresh: boolean }>([
  ['authorization_code', { judge: redeemCode, isRefresh: false }],
  ['refresh_token', { judge: redeemRefreshToken, isRefresh: true }],
  [DEVICE_CODE_GRANT, { judge: redeemDeviceCode, isRefresh: false }],
  ['client_credentials', { judge: redeemClientCredentials, isRefresh: false }],
  [JWT_BEARER, { judge: redeemAssertion, isRefresh: false }],
  ['urn:ietf:params:oauth:grant-type:token-exchange', { judge: redeemSubject, isRefresh: false }],
]);

/** RFC 6749 section 4.4: the client itself, and no refresh token. */
function redeemClientCredentials(
  form: URLSearchParams,
  client: Client,
  situation: TokenSituation,
  boundTo: string | undefined,
): Redeemed | OAuthError {
  if (client.authMethod === 'none')
    return refuse('unauthorized_client', 'a public client has no credentials');
  return redeemUnattended(form, client, client.id, situation, boundTo);
}

/** RFC 7523 section 2.1: what the platform says of its workload. */
async function redeemAssertion(
  form: URLSearchParams,
  client: Client,
  situation: TokenSituation,
  boundTo: string | undefined,
): Promise<Redeemed | OAuthError> {
  if (situation.quirks.assertionsOf === 'people') return redeemIdentity(form, client, situation, boundTo);
  const { workloads, issuer, nowS, seen } = situation;
  const refusal = await judgeAssertion(form.get('assertion') ?? '', {
    what: 'assertion',
    error: 'invalid_grant',
    keys: workloads.keys,
    audience: issuer,
    issuer: workloads.issuer,
    subject: workloads.subject,
    nowS: nowS(),
    lifeSeconds: 24 * 3600,
    seen,
    once: false,
  });
  return refusal ?? redeemUnattended(form, client, workloads.subject, situation, boundTo);
}

/** MCP extension for enterprise-managed authorization, section 5.1: the person that the identity provider names. */
async function redeemIdentity(
  form: URLSearchParams,
  client: Client,
  situation: TokenSituation,
  boundTo: string | undefined,
): Promise<Redeemed | OAuthError> {
  const { identityProvider, issuer, nowS, seen, resource } = situation;
  const assertion = form.get('assertion') ?? '';
  const no = (why: string): OAuthError => refuse('invalid_grant', `assertion: ${why}`);
  const refusal = await judgeAssertion(assertion, {
    what: 'assertion',
    error: 'invalid_grant',
    keys: identityProvider.keys,
    audience: issuer,
    issuer: identityProvider.issuer,
    nowS: nowS(),
    lifeSeconds: 600,
    seen,
    once: true,
  });
  if (refusal !== undefined) return refusal;
  if (decodeProtectedHeader(assertion).typ !== ID_JAG_TYPE) return no(`typ is not ${ID_JAG_TYPE}`);
  const claims = decodeJwt(assertion);
  if (claims['client_id'] !== client.id) return no('it was issued to another client');
  if (claims['resource'] !== resource) return no('it is for another resource');
  const allowed = parseScope(typeof claims['scope'] === 'string' ? claims['scope'] : '');
  const wider = parseScope(form.get('scope') ?? '').find((name) => !allowed.includes(name));
  if (wider !== undefined) return refuse('invalid_scope', `the assertion does not allow ${wider}`);
  return redeemUnattended(form, client, claims.sub ?? '', situation, boundTo);
}

/** RFC 8693 section 2.1: whoever the platform names. */
async function redeemSubject(
  form: URLSearchParams,
  client: Client,
  situation: TokenSituation,
  boundTo: string | undefined,
): Promise<Redeemed | OAuthError> {
  const { workloads, issuer, nowS, seen } = situation;
  const token = form.get('subject_token') ?? '';
  if (client.authMethod === 'none') return refuse('unauthorized_client', 'a public client acts for nobody');
  if (form.get('subject_token_type') !== 'urn:ietf:params:oauth:token-type:access_token')
    return refuse('invalid_request', 'subject_token_type is another one');
  const refusal = await judgeAssertion(token, {
    what: 'subject token',
    error: 'invalid_grant',
    keys: workloads.keys,
    audience: issuer,
    issuer: workloads.issuer,
    nowS: nowS(),
    lifeSeconds: 24 * 3600,
    seen,
    once: false,
  });
  return refusal ?? redeemUnattended(form, client, decodeJwt(token).sub ?? '', situation, boundTo);
}

function redeemUnattended(
  form: URLSearchParams,
  client: Client,
  subject: string,
  { quirks, resource: own }: TokenSituation,
  boundTo: string | undefined,
): Redeemed | OAuthError {
  const scopes = parseScope(form.get('scope') ?? '');
  const unknown = scopes.find((name) => quirks.serverScopes?.includes(name) === false);
  if (unknown !== undefined) return refuse('invalid_scope', `${unknown} is no scope of this server`);
  const named = form.get('resource');
  const wrong = judgeResource(named, quirks.resource, own);
  if (wrong !== undefined) return wrong;
  const resource = named ?? undefined;
  const unused = { redirectUri: '', nonce: undefined, accessType: undefined, revoked: false };
  // Nobody consented: the subject is the client, or the workload (RFC 9068 section 2.2).
  const grant: Grant = { clientId: client.id, person: { subject }, scopes, resource, ...unused };
  return bindGrant(grant, boundTo) ?? { grant, refreshToken: undefined };
}

/** RFC 6749 section 4.1.3. */
function redeemCode(
  form: URLSearchParams,
  client: Client,
  situation: TokenSituation,
  boundTo: string | undefined,
): Redeemed | OAuthError {
  const { ledger } = situation;
  const code = ledger.codes.get(form.get('code') ?? '');
  if (code === undefined || code.grant.clientId !== client.id) return refuse('invalid_grant', 'unknown code');
  const { grant } = code;
  if (code.used) {
    // Section 4.1.2: a code that comes twice was stolen; what came of it is revoked.
    ledger.revoke(grant);
    return refuse('invalid_grant', 'code already used, grant revoked');
  }
  if (code.expiresAtS < situation.nowS()) return refuse('invalid_grant', 'code expired');
  if (form.get('redirect_uri') !== grant.redirectUri)
    return refuse('invalid_grant', 'redirect_uri is another one');
  if (!verifies(form.get('code_verifier'), code)) return refuse('invalid_grant', 'Incorrect code_verifier');
  const wrong = judgeTarget(form, grant, situation) ?? bindGrant(grant, boundTo);
  if (wrong !== undefined) return wrong;
  code.used = true;
  return redeemed(grant, situation);
}

/** RFC 8628 section 3.5. */
function redeemDeviceCode(
  form: URLSearchParams,
  client: Client,
  situation: TokenSituation,
  boundTo: string | undefined,
): Redeemed | OAuthError {
  const grant = situation.deviceCodes.redeem(form, client);
  if (isRefusal(grant)) return grant;
  return judgeTarget(form, grant, situation) ?? bindGrant(grant, boundTo) ?? redeemed(grant, situation);
}

/** A first token, with a refresh token where this server gives one. */
function redeemed(grant: Grant, situation: TokenSituation): Redeemed {
  const renewable = isRenewable(grant, situation.quirks);
  return { grant, refreshToken: renewable ? issueRefreshToken(grant, situation).value : undefined };
}

function isRenewable(grant: Grant, { refreshTokens }: TokenQuirks): boolean {
  switch (refreshTokens) {
    case 'offline_access':
      return grant.scopes.includes('offline_access');
    case 'access_type':
      return grant.accessType === 'offline';
    default:
      return refreshTokens === 'always';
  }
}

/** RFC 6749 section 6. */
function redeemRefreshToken(
  form: URLSearchParams,
  client: Client,
  situation: TokenSituation,
  boundTo: string | undefined,
): Redeemed | OAuthError {
  const { ledger, quirks } = situation;
  const token = ledger.refreshTokens.get(form.get('refresh_token') ?? '');
  if (token === undefined || token.grant.clientId !== client.id)
    return refuse('invalid_grant', 'Grant not found');
  const { grant } = token;
  if (grant.revoked) return refuse('invalid_grant', 'OAuth grant revoked');
  if (token.expiresAtS < situation.nowS()) return refuse('invalid_grant', 'refresh token expired');
  const wrong =
    judgeTarget(form, grant, situation) ??
    judgeRefreshScope(form.get('scope'), grant, quirks) ??
    bindGrant(grant, boundTo);
  if (wrong !== undefined) return wrong;
  if (judgeReuse(token, quirks.rotation, situation.nowS()) === 'reused') {
    ledger.revoke(grant);
    return refuse('invalid_grant', 'refresh token reused, grant revoked');
  }
  endOlderTokens(grant, situation);
  if (quirks.rotation === 'none') return { grant, refreshToken: token.value };
  token.replacedAtS ??= situation.nowS();
  token.replacedBy = issueRefreshToken(grant, situation);
  return { grant, refreshToken: token.replacedBy.value };
}

function endOlderTokens(grant: Grant, { ledger, quirks, nowS }: TokenSituation): void {
  const { refreshRevokesAccessTokens: ends } = quirks;
  if (ends === false) return;
  for (const older of ledger.accessTokensOf(grant)) {
    if (ends === true) older.revoked = true;
    else older.expiresAtS = Math.min(older.expiresAtS, nowS() + ends.afterSeconds);
  }
}

/** The `resource` is the one of the authorization request (RFC 8707 section 2.2). */
function judgeTarget(form: URLSearchParams, grant: Grant, situation: TokenSituation): OAuthError | undefined {
  const sent = form.get('resource');
  const rule = situation.quirks.resource;
  const wrong = judgeResource(sent, rule, situation.resource);
  if (wrong !== undefined || sent === null || rule === 'ignored' || sent === grant.resource) return wrong;
  return refuse('invalid_target', 'Requested resource was not included in the authorization request');
}

function judgeRefreshScope(sent: string | null, grant: Grant, quirks: TokenQuirks): OAuthError | undefined {
  if (sent === null) {
    return quirks.refreshScope === 'required' ? refuse('invalid_request', 'scope is missing') : undefined;
  }
  if (quirks.refreshScope === 'refused') return refuse('invalid_request', 'scope is not expected');
  const wider = parseScope(sent).find((name) => !grant.scopes.includes(name));
  return wider === undefined ? undefined : refuse('invalid_scope', `${wider} was never granted`);
}

function issueRefreshToken(grant: Grant, { ledger, quirks, nowS }: TokenSituation): RefreshToken {
  const value = `rt-${randomUUID()}`;
  const token: RefreshToken = { value, grant, expiresAtS: nowS() + quirks.refreshTokenSeconds };
  ledger.refreshTokens.set(value, token);
  return token;
}

async function issueAccessToken(
  grant: Grant,
  named: string | null,
  { ledger, mint, issuer, quirks, resource, nowS }: TokenSituation,
): Promise<AccessToken> {
  const unnamed = quirks.audienceWithoutResource === 'issuer' ? issuer : (grant.resource ?? resource);
  const byResource = quirks.resource === 'ignored' ? unnamed : (named ?? unnamed);
  const token = {
    grant,
    audience: quirks.audienceFrom === 'audience' ? (grant.resource ?? issuer) : byResource,
    expiresAtS: nowS() + quirks.accessTokenSeconds,
    revoked: false,
  };
  const issued: AccessToken = { ...token, value: await mint.mint(token, issuer, nowS()) };
  ledger.accessTokens.set(issued.value, issued);
  return issued;
}
