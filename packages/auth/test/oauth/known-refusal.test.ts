import { expect, test } from 'vitest';

import { knownRefusal } from '../../src/oauth/known-refusal.js';

/** Each as it was seen on the wire, with what it comes to: a key of the configuration, or what is to be done. */
test.each([
  [
    'invalid_client',
    "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    'oauth.client_secret_env',
  ],
  ['invalid_client', 'AADSTS7000215: Invalid client secret provided.', 'say'],
  ['invalid_request', 'AADSTS9002327: Tokens issued for the Single-Page Application client-type', 'say'],
  ['invalid_request', 'AADSTS50011: The redirect URI specified in the request does not match', 'say'],
  ['unauthorized_client', "AADSTS700016: Application with identifier 'x' was not found", 'oauth.client_id'],
  ['invalid_request', 'AADSTS90009: Application is requesting a token for itself', 'scopes'],
  ['invalid_scope', "AADSTS650053: asked for scope 'x' that doesn't exist on the resource", 'scopes'],
  ['invalid_resource', 'AADSTS500011: The resource principal named x was not found', 'oauth_resource'],
  ['bad_client_secret', undefined, 'say'],
  ['invalid_client_id', undefined, 'oauth.client_id'],
  ['incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.', 'say'],
  ['bad_verification_code', 'The code passed is incorrect or expired.', 'sign_in'],
  ['invalid_request', 'client_secret is missing.', 'oauth.client_secret_env'],
  [undefined, 'Required parameter: client_secret', 'oauth.client_secret_env'],
  [undefined, 'Unrecognized client_id', 'sign_in'],
  [undefined, "Unrecognized key(s) in object: 'access_type','prompt'", 'oauth.authorize_params'],
  [undefined, "scope.0: Invalid enum value. Expected 'all'", 'scopes'],
  ['invalid_request', 'refresh_token.client_id: Field required', 'oauth.token_endpoint_auth_method'],
  [
    'invalid_request',
    'Client must not use multiple authentication methods',
    'oauth.token_endpoint_auth_method',
  ],
  ['invalid_grant', 'OAuth grant revoked', 'sign_in'],
  ['invalid_grant', 'Grant not found', 'sign_in'],
  ['invalid_target', 'Requested resource was not included in the authorization request', 'sign_in'],
  ['insufficient_scope', "Policy 'Trusted Hosts' rejected request to client-registration service.", 'say'],
  ['invalid_redirect_uri', 'redirect_uri is not in the allowlist', 'say'],
  [undefined, 'Forbidden', 'say'],
  ['access_denied', 'Service not found: https://mcp.example', 'oauth_resource'],
])('%s, %s', (error, description, remedy) => {
  const found = knownRefusal(error, description)?.remedy;
  expect(found?.do === 'configure' ? found.key : found?.do).toBe(remedy);
});

test.each([
  ['invalid_request', 'The request is missing a parameter'],
  ['invalid_grant', 'expired'],
  ['invalid_scope', undefined],
  [undefined, 'this page is forbidden for robots'],
  [undefined, undefined],
])('%s, %s is nothing that one provider alone would say', (error, description) => {
  expect(knownRefusal(error, description)).toBeUndefined();
});

test.each([
  ['AADSTS90009: Application is requesting a token for itself', 'oauth.refresh_scope', 'scopes'],
  ['scope is required', 'oauth.refresh_scope', undefined],
])('%s: of a renewal without scopes it means those', (description, renewing, asking) => {
  const keyOf = (scopeless: boolean): string | undefined => {
    const remedy = knownRefusal('invalid_request', description, { scopeless })?.remedy;
    return remedy?.do === 'configure' ? remedy.key : undefined;
  };
  expect([keyOf(true), keyOf(false)]).toEqual([renewing, asking]);
});
