import type { ErrorDetails, Remedy } from '../errors.js';

/* Refusals in the words of single providers, which say in their own way what could be mended here. Recognised by what
   nobody else says; what is not recognised is shown as it came. */

type Judged = Required<Pick<ErrorDetails, 'fault' | 'remedy'>>;

interface Known {
  /** In the error code or the description. */
  readonly words: RegExp;
  readonly fault: Judged['fault'];
  readonly remedy: Remedy;
}

const say = (text: string): Remedy => ({ do: 'say', text });
const configure = (key: string, value: string): Remedy => ({ do: 'configure', key, value });
const SECRET = configure('oauth.client_secret_env', '"NAME_OF_A_VARIABLE"');
const CLIENT = configure('oauth.client_id', '"the id of the client, as the provider shows it"');
const REDIRECT = say(
  'register the redirect URI of this sign-in at the provider, to the letter; oauth.callback_port keeps its port',
);
const AGAIN: Remedy = { do: 'sign_in', force: true };
const NEW_SECRET = say('make a new secret at the provider; what is wanted is its value, not its id');

const KNOWN: readonly Known[] = [
  // Microsoft Entra; the numbers are stable, the words are not.
  { words: /\bAADSTS7000218\b/, fault: 'yours', remedy: SECRET },
  { words: /\bAADSTS7000(?:215|222)\b/, fault: 'yours', remedy: NEW_SECRET },
  {
    words: /\bAADSTS9002(?:326|327)\b/,
    fault: 'yours',
    remedy: say(
      'register the redirect URI under "Mobile and desktop applications": as that of a single-page application it is refused',
    ),
  },
  { words: /\bAADSTS50011\b/, fault: 'yours', remedy: REDIRECT },
  { words: /\bAADSTS700016\b/, fault: 'yours', remedy: CLIENT },
  {
    words: /\bAADSTS90009\b/,
    fault: 'yours',
    remedy: configure('scopes', '["THE-ID-OF-THE-APPLICATION/.default"]'),
  },
  {
    words: /\bAADSTS(?:650053|70011)\b/,
    fault: 'yours',
    remedy: configure('scopes', '["a scope that the application has"]'),
  },
  {
    words: /\bAADSTS(?:500011|50001)\b/,
    fault: 'yours',
    remedy: configure('oauth_resource', '"the Application ID URI that is registered in that tenant"'),
  },
  {
    words: /\bAADSTS(?:65001|90094|650056)\b/,
    fault: 'yours',
    remedy: say('an administrator of the tenant has to consent to the application'),
  },
  {
    words: /\bAADSTS50020\b/,
    fault: 'yours',
    remedy: say('sign in with an account of that tenant, or invite this one there'),
  },
  // Slack.
  { words: /^bad_client_secret\b/, fault: 'yours', remedy: NEW_SECRET },
  { words: /^invalid_client_id\b|\bPlease specify client_id\b/i, fault: 'yours', remedy: CLIENT },
  // GitHub.
  {
    words: /^incorrect_client_credentials\b/,
    fault: 'yours',
    remedy: say('check oauth.client_id and the secret: GitHub wants the secret of an app beside PKCE'),
  },
  { words: /^bad_verification_code\b/, fault: 'server', remedy: AGAIN },
  // Google, Figma, Supabase: a secret in spite of PKCE.
  {
    words:
      /\bclient_secret is missing\b|\bClient secret is required\b|\bRequired parameter: client_secret\b/i,
    fault: 'yours',
    remedy: SECRET,
  },
  {
    words: /\bredirect_uri_mismatch\b|\bbad_redirect_uri\b|\bCallback URL mismatch\b/i,
    fault: 'yours',
    remedy: REDIRECT,
  },
  // Supabase, FastMCP, Vercel: a client that was forgotten.
  {
    words: /\bUnrecognized client_id\b|\bclient (?:id )?not (?:found|registered)\b/i,
    fault: 'server',
    remedy: AGAIN,
  },
  {
    words: /\bUnrecognized key\(s\) in object\b/,
    fault: 'yours',
    remedy: configure('oauth.authorize_params', '{ prompt = "" }'),
  },
  {
    words: /\bscope\.\d+: Invalid enum value\b/,
    fault: 'yours',
    remedy: configure('scopes', '["a scope that the server has"]'),
  },
  // FastMCP wants the id in the body, whatever the method.
  {
    words: /\bclient_id: Field required\b/,
    fault: 'server',
    remedy: configure('oauth.token_endpoint_auth_method', '"client_secret_post"'),
  },
  // Notion.
  {
    words: /\bmust not use multiple authentication methods\b/i,
    fault: 'server',
    remedy: configure('oauth.token_endpoint_auth_method', '"none"'),
  },
  { words: /\bOAuth grant revoked\b|\bGrant not found\b/, fault: 'server', remedy: AGAIN },
  // Sentry; Atlassian, where the port of the redirect URI is another one.
  {
    words: /\bresource was not included in the authorization request\b|\bredirect_uri not registered\b/i,
    fault: 'server',
    remedy: AGAIN,
  },
  // Keycloak's policies of registration.
  {
    words: /\bPolicy 'Trusted Hosts'/,
    fault: 'server',
    remedy: say(
      'an administrator has to allow 127.0.0.1 and localhost in the policy "Trusted Hosts" of client registration',
    ),
  },
  {
    words: /\bPolicy 'Allowed Client Scopes'/,
    fault: 'server',
    remedy: say(
      'an administrator has to allow these scopes in the policy "Allowed Client Scopes" of client registration',
    ),
  },
  // Intercom, Figma and others: clients that somebody has to approve.
  {
    words: /\bnot in the allow-?list\b|\bunapproved_client\b|^Forbidden$|: Forbidden$/i,
    fault: 'server',
    remedy: say(
      'the provider lets in the clients that it has approved: ask it to approve mcpass, or make a client of your own there',
    ),
  },
  // Okta, PingFederate: registration for those who bring a token.
  { words: /\bE0000011\b|\binitial access token\b/i, fault: 'server', remedy: CLIENT },
  // Auth0: nothing is registered there for that audience.
  {
    words: /\bService not found\b/,
    fault: 'yours',
    remedy: configure('oauth_resource', '"the identifier of the API, as it is registered there"'),
  },
];

/** Entra asks for a token for itself where a refresh names no scope (AADSTS90009); others say that it is missing. */
const SCOPE_WANTED = /\bAADSTS90009\b|\bscope\b.*\b(?:missing|required|needed)\b/i;

/**
 * Pure: whose fault a refusal is that one provider words like this, and what to do; undefined for any other. The same words
 * mean something else where a refresh is refused that named no scopes.
 */
export function knownRefusal(
  error: string | undefined,
  description: string | undefined,
  { scopeless = false }: { readonly scopeless?: boolean } = {},
): Judged | undefined {
  const words = [error, description].filter((part) => part !== undefined).join(': ');
  if (scopeless && SCOPE_WANTED.test(description ?? ''))
    return { fault: 'server', remedy: configure('oauth.refresh_scope', '"granted"') };
  const found = KNOWN.find((each) => each.words.test(words));
  return found && { fault: found.fault, remedy: found.remedy };
}
