import type { NamedQuirk } from '../profile.js';
import { noRegistration } from '../profiles/static-client.js';

/** What can be odd about how a client becomes known. */
export const REGISTRATION_QUIRKS: Readonly<Record<string, NamedQuirk>> = {
  'no-registration': {
    summary: 'no registration; one client, sandbox-client with sandbox-secret',
    quirks: noRegistration(),
  },
  'registration-scope': {
    summary: 'registration without a scope is refused',
    quirks: { registrationRefuses: ['no-scope'] },
  },
  'registration-name': {
    summary: 'registration without client_name is refused',
    quirks: { registrationRefuses: ['no-name'] },
  },
  'registration-native': {
    summary: 'application_type must be native',
    quirks: { registrationRefuses: ['no-application-type'] },
  },
  'registration-method': {
    summary: 'token_endpoint_auth_method must be stated',
    quirks: { registrationRefuses: ['no-auth-method'] },
  },
  'registration-strict': {
    summary: 'unknown and empty members are refused',
    quirks: { registrationRefuses: ['unknown-members', 'empty-members'] },
  },
  'registration-one-uri': {
    summary: 'only one redirect URI',
    quirks: { registrationRefuses: ['several-redirect-uris'] },
  },
  'registration-no-refresh': {
    summary: 'the refresh_token grant type is refused',
    quirks: { registrationRefuses: ['refresh-grant'] },
  },
  'registration-approved': {
    summary: 'only approved names; others get a bare Forbidden',
    quirks: { approvedNames: ['Approved client'] },
  },
  'registration-token': {
    summary: 'registration wants an access token',
    quirks: { registrationToken: 'initial-access-token' },
  },
  'registration-429': {
    summary: 'registration is answered with 429',
    quirks: { faults: { register: { status: 429, retryAfter: 30 } } },
  },
  'registration-500': {
    summary: 'registration is answered with an empty 500',
    quirks: { faults: { register: { status: 500 } } },
  },
  'registration-200': { summary: 'registration is answered with 200', quirks: { registrationStatus: 200 } },
  'registration-null-method': {
    summary: 'the answer says token_endpoint_auth_method: null',
    quirks: { registrationMembers: { token_endpoint_auth_method: null } },
  },
  'registration-other-uris': {
    summary: 'the answer names other redirect URIs',
    quirks: { registrationMembers: { redirect_uris: ['https://gateway.sandbox.test/callback'] } },
  },
  'secret-issued': {
    summary: 'issues a secret to a public client, and insists on it in the body',
    quirks: { secretIssued: true, authMethodForced: 'client_secret_post' },
  },
  'localhost-only': {
    summary: 'of loopback only localhost may be registered',
    quirks: { redirectPolicy: 'localhost' },
  },
  '127-only': {
    summary: 'of loopback only 127.0.0.1 may be registered',
    quirks: { redirectPolicy: '127.0.0.1' },
  },
  'https-only': { summary: 'no loopback redirect URI at all', quirks: { redirectPolicy: 'https' } },
  'exact-redirect': {
    summary: 'the redirect URI is compared with its port',
    quirks: { redirectMatch: 'exact' },
  },
  'scopes-frozen': { summary: 'registration pins the scopes', quirks: { scopesFrozen: true } },
  'client-documents': {
    summary: 'client ID metadata documents are accepted',
    quirks: { clientDocuments: 'on' },
  },
  'client-documents-broken': {
    summary: 'client ID metadata documents are shown at consent and unknown at the token endpoint',
    quirks: { clientDocuments: 'token-refuses' },
  },
};
