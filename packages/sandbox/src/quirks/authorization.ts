import type { NamedQuirk } from '../profile.js';

/** What can be odd from the authorization request to the callback. */
export const AUTHORIZATION_QUIRKS: Readonly<Record<string, NamedQuirk>> = {
  'state-needed': {
    summary: 'no state, or one shorter than eight characters, is refused',
    quirks: { authorizeRefuses: ['no-state', 'short-state'] },
  },
  'closed-parameters': {
    summary: 'any parameter beyond the standard ones is refused',
    quirks: { authorizeRefuses: ['unknown-parameters'] },
  },
  'scope-needed': {
    summary: 'a request without a scope is refused',
    quirks: { authorizeRefuses: ['no-scope'] },
  },
  'resource-required': {
    summary: 'resource must be there, and the same, in every request',
    quirks: { resource: 'required' },
  },
  'resource-ignored': { summary: 'resource is not looked at', quirks: { resource: 'ignored' } },
  'resource-refused': { summary: 'sending resource is an error', quirks: { resource: 'refused' } },
  'audience-needed': {
    summary: 'the audience comes from the parameter audience, not from resource',
    quirks: { resource: 'ignored', audienceFrom: 'audience' },
  },
  'no-offline-access': {
    summary: 'lists offline_access and refuses it',
    quirks: {
      serverScopes: ['mcp:read', 'mcp:write', 'offline_access'],
      grantableScopes: ['mcp:read', 'mcp:write'],
    },
  },
  'error-pages': {
    summary: 'a refused request ends in a page that the client never learns of',
    quirks: { authorizeErrors: 'page' },
  },
  'authorize-500': {
    summary: 'the authorization endpoint is answered with 500',
    quirks: { faults: { authorize: { status: 500 } } },
  },
  'authorize-query': {
    summary: 'the authorization endpoint has a query of its own',
    quirks: { authorizeQuery: { realm: 'staff' } },
  },
  'no-iss': { summary: 'promises iss and leaves it out', quirks: { issAdvertised: true, iss: 'missing' } },
  'wrong-iss': { summary: 'the callback names another issuer', quirks: { iss: 'wrong' } },
  'iss-slash': { summary: 'the iss of the callback has a slash more', quirks: { iss: 'slash' } },
  'iss-unadvertised': { summary: 'iss is sent and not promised', quirks: { issAdvertised: false } },
};
