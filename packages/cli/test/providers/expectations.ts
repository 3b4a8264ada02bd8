import type { ProfileName, Sandbox, SandboxOptions } from '@mcpass/sandbox';

/** What becomes of a provider: it works as it is, with settings that weaken nothing, with a named override, or not. */
export type Outcome = 'works' | 'works with a setting' | 'works with an override' | 'refused';

export interface Expectation {
  readonly outcome: Outcome;
  /** Why, in a sentence of the page; nothing to say where it simply works. */
  readonly why?: string;
  /** What `add --login` comes to as long as nothing is configured: exit code, and what is said. */
  readonly refusal?: { readonly code: number; readonly says: RegExp };
  /** The lines that help, for the entry in the configuration. */
  readonly lines?: (sandbox: Sandbox) => readonly string[];
  /** Further words of `add`. */
  readonly words?: readonly string[];
  /** What differs from the profile, where a test needs it so. */
  readonly options?: SandboxOptions;
  /** What `call` comes to when the access token has expired: renewed once, unless said otherwise. */
  readonly afterExpiry?: { readonly code: number; readonly says: RegExp };
  /** Where only the challenge of a call says where to sign in: `login` knows it of a call that was refused. */
  readonly callFirst?: true;
  /** Listing the tools and logging out meet a rule of their own here. */
  readonly whole?: true;
}

const WORKS: Expectation = { outcome: 'works' };

/** What is expected of a provider. */
export function expectationOf(name: ProfileName): Expectation {
  return EXPECTATIONS[name] ?? WORKS;
}

const NO_REFRESH_TOKEN = { code: 4, says: /cannot be renewed \(no refresh token was given/ };

function notRegistered(why: string, says: RegExp, code = 3): Expectation {
  return { outcome: 'refused', why, refusal: { code, says } };
}

/** An issuer that is not the one that was asked for, and the line that the refusal prints. */
function otherIssuer(why: string, issuer: (sandbox: Sandbox) => string): Expectation {
  return {
    outcome: 'works with an override',
    why,
    refusal: { code: 3, says: /is about another issuer/ },
    lines: (sandbox) => [`unsafe.trusted_issuer = "${issuer(sandbox)}"`],
  };
}

function otherCallbackIssuer(why: string, issuer: (sandbox: Sandbox) => string): Expectation {
  return {
    outcome: 'works with an override',
    why,
    refusal: { code: 3, says: /The answer comes from / },
    lines: (sandbox) => [`unsafe.trusted_callback_issuer = "${issuer(sandbox)}"`],
  };
}

const NO_PKCE = { code: 3, says: /does not say that it supports PKCE/ };
const NOBODY_CAME = { code: 4, says: /Nobody signed in within/ };
const NO_METADATA = /publishes no metadata that can be read/;
const ENTRA_LINES = [
  'unsafe.assume_pkce = true',
  'oauth_resource = "none"',
  'oauth.refresh_scope = "granted"',
];

const EXPECTATIONS: Partial<Record<ProfileName, Expectation>> = {
  plain: { outcome: 'works', whole: true },
  fastmail: { outcome: 'works', whole: true },
  linear: { outcome: 'works', whole: true },
  machine: { outcome: 'works with a setting', why: 'nobody signs in: `oauth.grant = "client_credentials"`' },
  'machine-jwt': {
    outcome: 'works with a setting',
    why: 'nobody signs in: `oauth.grant = "client_credentials"`, and a key of the client',
  },
  enterprise: {
    outcome: 'works with a setting',
    why: 'nobody consents: `oauth.grant = "enterprise"`, and the identity provider of the organisation',
  },
  workload: {
    outcome: 'works with a setting',
    why: 'nobody signs in: `oauth.grant = "jwt_bearer"`, and the token of the workload',
  },
  cimd: {
    outcome: 'works with a setting',
    why: 'it knows clients by their metadata document only, and mcpass has to be told the address of yours',
    refusal: { code: 2, says: /oauth\.client_metadata_url/ },
    lines: ({ clientDocumentUrl }) => [`oauth.client_metadata_url = "${clientDocumentUrl}"`],
  },
  stepup: {
    outcome: 'works with a setting',
    why: 'the tools want a scope that neither challenge nor metadata names at the sign-in; the refusal prints the command that adds it',
    lines: () => ['scopes = ["mcp:profile", "mcp:basic"]'],
    whole: true,
  },
  'atlassian-v1': otherIssuer(
    'the metadata names an issuer on another host (RFC 8414 section 3.3)',
    ({ issuer }) => issuer,
  ),
  'atlassian-authv2': otherIssuer(
    'the metadata names the issuer without its path (RFC 8414 section 3.3)',
    ({ issuer }) => new URL(issuer).origin,
  ),
  auth0: {
    outcome: 'works with a setting',
    why: 'it takes the audience from a parameter of its own, and ignores resource',
    lines: ({ resource }) => [`oauth.authorize_params = { audience = "${resource}" }`],
  },
  'better-auth-slash': {
    ...otherIssuer(
      'the metadata names the issuer with a slash more, and the answer without (RFC 8414 section 3.3, RFC 9207 section 2.4)',
      ({ issuer }) => issuer,
    ),
    lines: ({ issuer }) => [
      `unsafe.trusted_issuer = "${issuer}/"`,
      `unsafe.trusted_callback_issuer = "${issuer}"`,
    ],
  },
  cognito: {
    outcome: 'works with an override',
    why: 'its metadata does not name PKCE, which MCP authorization wants a client to see; S256 is sent all the same',
    refusal: NO_PKCE,
    lines: () => ['unsafe.assume_pkce = true'],
  },
  cropwise: notRegistered('only clients that it has approved may register', /403 unapproved_client/),
  'entra-v1': {
    outcome: 'works with an override',
    why: 'PKCE is not advertised; resource must stay away, and a renewal must name its scopes',
    refusal: NO_PKCE,
    lines: () => ENTRA_LINES,
  },
  'entra-v2': {
    outcome: 'works with an override',
    why: 'PKCE is not advertised; resource must stay away, and a renewal must name its scopes',
    refusal: NO_PKCE,
    lines: () => ENTRA_LINES,
  },
  'entra-multi-tenant': {
    outcome: 'works with an override',
    why: 'its issuer is a template, and you have to name your tenant; the rest as for Entra',
    refusal: { code: 3, says: /is a template for many tenants/ },
    lines: ({ issuer }) => [
      `unsafe.trusted_issuer = "${new URL(issuer).origin}/11111111-2222-3333-4444-555555555555/v2.0"`,
      ...ENTRA_LINES,
    ],
  },
  'entra-spa': {
    outcome: 'refused',
    why: 'the redirect URI is registered as that of a web page; no Origin is faked: register it as that of a mobile or desktop application',
    options: { pkceMethods: ['S256'], resource: 'ignored' },
    refusal: { code: 3, says: /AADSTS9002327/ },
  },
  figma: notRegistered(
    'only names that it has approved may register, and no name is borrowed',
    /403 Forbidden/,
  ),
  github: {
    outcome: 'works',
    why: 'without a refresh token: its tokens do not expire by themselves',
    afterExpiry: NO_REFRESH_TOKEN,
    whole: true,
  },
  google: {
    outcome: 'works with a setting',
    why: 'a refresh token comes for a parameter of its own only; and as everybody may connect and list, that it wants a sign-in shows only when a tool is called',
    lines: () => ['oauth.authorize_params = { access_type = "offline", prompt = "consent" }'],
    callFirst: true,
    whole: true,
  },
  grafana: {
    outcome: 'works with a setting',
    why: 'a header says which tenant is meant',
    refusal: { code: 3, says: /metadata cannot be read/ },
    lines: () => ['http_headers = { X-Grafana-URL = "https://stack.sandbox.test" }'],
  },
  hydra: {
    outcome: 'works with a setting',
    why: 'it takes the audience from a parameter of its own, and ignores resource',
    lines: ({ resource }) => [`oauth.authorize_params = { audience = "${resource}" }`],
  },
  intercom: notRegistered(
    'redirect URIs of an allow-list only, none on loopback',
    /400 invalid_redirect_uri/,
  ),
  'keycloak-trusted-hosts': notRegistered(
    "a policy of the realm refuses the registration, in Keycloak's own words",
    /Policy 'Trusted Hosts' rejected/,
  ),
  laravel: {
    outcome: 'works with an override',
    why: 'the authorization server that it names is the MCP endpoint, which has no metadata: the root of it has',
    refusal: { code: 3, says: NO_METADATA },
    lines: ({ issuer }) => [`unsafe.authorization_server = "${issuer}"`],
  },
  litellm: notRegistered(
    'it registers other redirect URIs than the one that the code has to come back to',
    /registered other redirect URIs/,
  ),
  mediawiki: {
    outcome: 'works',
    why: 'tokens are renewed before they end; one that ended early cannot be seen behind a failed result',
    options: { accessTokenSeconds: 2 },
  },
  monday: otherCallbackIssuer(
    'the answer names the issuer without its path (RFC 9207 section 2.4)',
    ({ issuer }) => new URL(issuer).origin,
  ),
  namecheap: otherCallbackIssuer(
    'the answer names the host of the page as its issuer (RFC 9207 section 2.4)',
    () => 'https://www.namecheap.sandbox.test',
  ),
  pagerduty: otherIssuer(
    'the metadata names an issuer on another host (RFC 8414 section 3.3)',
    () => 'https://app.sandbox.test/global/oauth/anonymous',
  ),
  paypal: {
    outcome: 'refused',
    why: 'the page is a 500 in the browser, and nothing comes back: the wait ends by itself',
    refusal: NOBODY_CAME,
  },
  'paypal-rate-limit': notRegistered(
    'the registration is answered with 429: it says when to try again',
    /try again in 60 s/,
  ),
  salesforce: {
    ...otherIssuer(
      'the metadata names an issuer on another host (RFC 8414 section 3.3)',
      ({ issuer }) => issuer,
    ),
    lines: ({ issuer }) => [`unsafe.trusted_issuer = "${issuer}"`, 'oauth.callback_host = "localhost"'],
  },
  'sentry-dead-upstream': {
    outcome: 'refused',
    why: 'each renewal works and no token does: it says so and stops, in place of going round',
    afterExpiry: { code: 4, says: /refuses a token that was renewed a moment ago/ },
  },
  slack: {
    outcome: 'works with a setting',
    why: 'its one client has one redirect URI, with its port',
    lines: () => ['oauth.callback_host = "localhost"'],
    whole: true,
  },
  square: {
    outcome: 'refused',
    why: 'the page is an error in the browser, and nothing comes back: the wait ends by itself',
    refusal: NOBODY_CAME,
  },
  stytch: notRegistered('a production project has no loopback redirect URI', /400 invalid_redirect_uri/),
  'workers-oauth-0.9': {
    outcome: 'works with an override',
    why: 'the metadata promises iss, and the answer has none (RFC 9207 section 2.4)',
    refusal: { code: 3, says: /promises to name itself/ },
    lines: () => ['unsafe.allow_missing_iss = true'],
  },
  zapier: {
    outcome: 'works',
    why: 'without a sign-in: the secret is in the URL',
    afterExpiry: { code: 0, says: /^$/ },
  },
  zoho: {
    outcome: 'works with a setting',
    why: 'a refresh token comes for a parameter of its own only',
    lines: () => ['oauth.authorize_params = { access_type = "offline" }'],
  },
  zomato: notRegistered('no loopback redirect URI', /400 invalid_redirect_uri/),
};
