import type { AuthorizeQuirks } from './authorization-request.js';
import type { ClientAuthenticationQuirks } from './client-authentication.js';
import type { ClientDocumentQuirks } from './client-document.js';
import type { ConsentQuirks } from './consent.js';
import type { BindingQuirks } from './token-binding.js';
import type { DeviceQuirks } from './device-codes.js';
import type { MetadataQuirks } from './metadata.js';
import type { PushedRequestQuirks } from './pushed-request.js';
import type { RegistrationQuirks } from './registration.js';
import type { RevocationQuirks } from './revocation.js';
import type { TokenQuirks } from './token-endpoint.js';

/** Everything that can be odd about an authorization server, one small behaviour each. */
export interface AuthorizationQuirks
  extends
    MetadataQuirks,
    RegistrationQuirks,
    ClientDocumentQuirks,
    ClientAuthenticationQuirks,
    AuthorizeQuirks,
    PushedRequestQuirks,
    DeviceQuirks,
    BindingQuirks,
    ConsentQuirks,
    TokenQuirks,
    RevocationQuirks {}

/** A server with nothing odd about it: what a profile does not mention is like this. */
export const PLAIN_AUTHORIZATION: AuthorizationQuirks = {
  issuerPath: '',
  endpointPath: '',
  metadataAt: ['rfc8414'],
  metadataIssuer: 'exact',
  pkceMethods: ['S256'],
  issAdvertised: true,
  authMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  grantTypes: ['authorization_code', 'refresh_token'],
  authorizeQuery: {},
  metadataMembers: {},

  registration: 'open',
  registrationRefuses: [],
  redirectPolicy: 'loopback',
  scopesFrozen: false,
  secretIssued: false,
  registrationStatus: 201,
  secretSeconds: 0,
  registrationMembers: {},
  staticClients: [],

  clientDocuments: 'off',
  basicCredentials: 'form-decoded',
  clientIdInBody: false,
  originRequired: false,

  authorizeRefuses: [],
  redirectMatch: 'any-loopback-port',
  resource: 'checked',
  pkce: 'S256',
  otherScopes: 'refused',
  authorizeErrors: 'redirect',
  pushedRequests: 'off',
  dpop: 'off',
  dpopNonces: 'none',
  dpopLeewaySeconds: 60,
  dpopAlgorithms: ['ES256', 'EdDSA'],
  deviceCodes: 'off',
  deviceIntervalSeconds: 1,
  deviceCodeSeconds: 300,
  deviceMembers: {},

  consent: 'page',
  wording: {},
  audienceFrom: 'resource',
  scopeDecoys: [],
  decoyAnswer: 'page',
  iss: 'right',
  people: [
    { subject: 'ada@sandbox.test', name: 'Ada Lovelace', email: 'ada@sandbox.test' },
    { subject: 'grace@sandbox.test', name: 'Grace Hopper', email: 'grace@sandbox.test' },
  ],

  accessTokenFormat: 'jwt',
  accessTokenSeconds: 3600,
  refreshTokens: 'always',
  refreshTokenSeconds: 30 * 24 * 3600,
  rotation: 'revoke-family',
  refreshRevokesAccessTokens: false,
  audienceWithoutResource: 'granted',
  refreshScope: 'optional',
  assertionsOf: 'workloads',
  idTokens: 'first',
  idTokenClaims: {},
  tokenShapes: [],
  tokenFormat: 'json',
  tokenStatus: 200,
  tokenErrors: 'standard',

  revocation: true,
};
