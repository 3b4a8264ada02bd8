import type { NamedQuirk } from '../profile.js';

/** What can be odd about tokens and their renewal. */
export const TOKEN_QUIRKS: Readonly<Record<string, NamedQuirk>> = {
  'form-tokens': { summary: 'the token answer is form-encoded', quirks: { tokenFormat: 'form' } },
  'token-201': { summary: 'the token answer has status 201', quirks: { tokenStatus: 201 } },
  'errors-200': { summary: 'token errors have status 200', quirks: { tokenErrors: 'status-200' } },
  'errors-html': { summary: 'token errors are web pages', quirks: { tokenErrors: 'html' } },
  'errors-message': {
    summary: 'token errors are 422 with a message and no code',
    quirks: { tokenErrors: 'message' },
  },
  'errors-list': { summary: 'token errors are a list of texts', quirks: { tokenErrors: 'errors' } },
  'token-type-user': { summary: 'token_type is user', quirks: { tokenShapes: ['token-type-user'] } },
  'token-type-missing': { summary: 'token_type is missing', quirks: { tokenShapes: ['token-type-missing'] } },
  'token-type-mac': {
    summary: 'token_type is mac, which nobody can use',
    quirks: { tokenShapes: ['token-type-mac'] },
  },
  'expires-string': { summary: 'expires_in is a string', quirks: { tokenShapes: ['expires-in-string'] } },
  'expires-absent': { summary: 'expires_in is missing', quirks: { tokenShapes: ['expires-in-absent'] } },
  'expires-zero': { summary: 'expires_in is 0', quirks: { tokenShapes: ['expires-in-zero'] } },
  'scope-comma': { summary: 'granted scopes with commas', quirks: { tokenShapes: ['scope-comma'] } },
  'scope-absent': { summary: 'the token answer names no scope', quirks: { tokenShapes: ['scope-absent'] } },
  'nested-token': { summary: 'the token answer is under authed_user', quirks: { tokenShapes: ['nested'] } },
  'opaque-tokens': { summary: 'access tokens are opaque', quirks: { accessTokenFormat: 'opaque' } },
  'short-tokens': { summary: 'access tokens of thirty seconds', quirks: { accessTokenSeconds: 30 } },
  'raw-basic': { summary: 'Basic credentials are not form-decoded', quirks: { basicCredentials: 'raw' } },
  'client-id-in-body': {
    summary: 'client_id in the body, beside a Basic header too',
    quirks: { clientIdInBody: true },
  },
  'origin-required': { summary: 'codes are redeemed for web pages only', quirks: { originRequired: true } },
  'no-refresh-token': { summary: 'no refresh token', quirks: { refreshTokens: 'never' } },
  'refresh-for-offline': {
    summary: 'a refresh token only for offline_access',
    quirks: { refreshTokens: 'offline_access', serverScopes: ['mcp:read', 'mcp:write', 'offline_access'] },
  },
  'refresh-for-access-type': {
    summary: 'a refresh token only for access_type=offline',
    quirks: { refreshTokens: 'access_type' },
  },
  'rotate-none': { summary: 'the refresh token stays', quirks: { rotation: 'none' } },
  'rotate-revoke': {
    summary: 'a refresh token that comes twice ends the grant',
    quirks: { rotation: 'revoke-family' },
  },
  'rotate-grace': {
    summary: 'a refresh token may come again for thirty seconds',
    quirks: { rotation: { leewaySeconds: 30 } },
  },
  'rotate-one-step': {
    summary: 'a refresh token is good until the newer one is used',
    quirks: { rotation: 'previous-valid' },
  },
  'refresh-ends-tokens': {
    summary: 'a refresh ends the access tokens before it',
    quirks: { refreshRevokesAccessTokens: true },
  },
  'refresh-scope-required': {
    summary: 'a refresh must name the scope',
    quirks: { refreshScope: 'required' },
  },
  'refresh-scope-refused': {
    summary: 'a refresh must not name the scope',
    quirks: { refreshScope: 'refused' },
  },
  'refresh-empty': {
    summary: 'a refresh answers with an empty refresh token',
    quirks: { tokenShapes: ['refresh-token-empty'], rotation: 'none' },
  },
  'refresh-expiry': {
    summary: 'says when the refresh token ends',
    quirks: { tokenShapes: ['refresh-token-expiry'], refreshTokenSeconds: 7 * 86_400 },
  },
  'token-503': {
    summary: 'the token endpoint is answered with 503',
    quirks: { faults: { token: { status: 503, retryAfter: 30 } } },
  },
  'token-html': {
    summary: 'the token endpoint answers with a web page',
    quirks: { faults: { token: 'html' } },
  },
  'tokens-refused': {
    summary: 'the MCP server takes no token, however fresh',
    quirks: { tokensRefused: true },
  },
  'dead-token-200': {
    summary: 'a call with a dead token is a 200 with a failed result',
    quirks: { deadTokenAnswer: 'tool-error' },
  },
  'bare-403': {
    summary: 'a missing scope is a 403 without a word',
    quirks: { scopesNeeded: { 'tools/call write': 'mcp:admin' }, scopeRefusal: 'bare' },
  },
  'step-up': {
    summary: 'the tool write needs one more scope',
    quirks: { scopesNeeded: { 'tools/call write': 'mcp:admin' } },
  },
  sessions: { summary: 'the MCP server hands out sessions', quirks: { sessions: true } },
};
