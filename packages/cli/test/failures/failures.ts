import type { ProfileName } from '@mcpass/sandbox';

/**
 * Where a way of failing is met: in a test (the file under `packages/…/test`, and words of its title), in the walk through a
 * provider (`providers/matrix.test.ts`), or nowhere, and why.
 */
export type Met =
  | { readonly test: string; readonly title: string }
  | { readonly profile: ProfileName }
  | { readonly not: string };

export type Failure = Met & { readonly what: string };

const test = (what: string, file: string, title: string): Failure => ({ what, test: file, title });
const profile = (what: string, name: ProfileName): Failure => ({ what, profile: name });
const not = (what: string, why: string): Failure => ({ what, not: why });

/** Every way in which signing in has been seen to fail, anywhere. The letters are its place; an id is never used again. */
export const FAILURES: Readonly<Record<string, Failure>> = {
  // A: discovery
  A01: test(
    'the metadata is where the challenge says, and only the root is tried',
    'auth/wire/resource-discovery',
    'where the challenge says, and nowhere else',
  ),
  A02: test(
    'what was discovered is lost between the beginning and the end of a sign-in',
    'auth/wire/two-steps',
    'what was begun is finished without asking anybody anything twice',
  ),
  A03: test(
    'a 401 without a challenge, or with one that names no metadata',
    'auth/wire/resource-discovery',
    'at the path of the endpoint when the challenge says nothing',
  ),
  A04: test(
    'a challenge that is a bare URL, or has another parameter name',
    'auth/oauth/challenge',
    'a bare URL is no parameter (HubSpot)',
  ),
  A05: test(
    'several schemes, and only the first is read',
    'auth/oauth/challenge',
    'is the Bearer one, wherever it stands',
  ),
  A06: test(
    'a word inside a quoted value is taken for a parameter',
    'auth/oauth/challenge',
    'a URL with the word scope in it is no scope (modelcontextprotocol/python-sdk#1636)',
  ),
  A07: test(
    'a gateway renames the header',
    'auth/oauth/challenge',
    'is read from the header that AWS API Gateway makes of it, unless the real one is there',
  ),
  A08: test(
    'a server from before resource metadata',
    'auth/wire/server-discovery',
    'has its metadata at its own origin',
  ),
  A09: test(
    'a page or other nonsense with status 200 at a well-known place',
    'auth/wire/resource-discovery',
    '%s is passed by',
  ),
  A10: test(
    'an error at a well-known place is taken for an answer',
    'auth/wire/trouble',
    '%s at %s ends the sign-in, and nothing older is tried',
  ),
  A11: test(
    'a network failure leads to older rules',
    'auth/wire/trouble',
    'a place that nobody answers for is not a place where nothing is',
  ),
  A12: test(
    'only one form of the metadata address is tried',
    'auth/server/well-known',
    'of an issuer with a path: RFC 8414 insertion, OpenID insertion, OpenID append, and RFC 8414 appended last',
  ),
  A13: profile('metadata of RFC 8414 behind the path', 'okta'),
  A14: test(
    'the value of an authorization server is already a metadata address',
    'auth/wire/server-discovery',
    'that is the address of the metadata stands for its issuer (A14)',
  ),
  A15: test(
    'the value of an authorization server is the MCP endpoint',
    'auth/wire/overrides',
    'unsafe.authorizationServer asks that one, where the server names another or what is none, and no third',
  ),
  A16: test(
    'doubled slashes and lost paths',
    'auth/server/well-known',
    'a slash at the end of the issuer doubles none (metamcp#122)',
  ),
  A17: profile('the issuer of the metadata is another host', 'pagerduty'),
  A18: profile('the issuer of the metadata lacks its path', 'atlassian-authv2'),
  A19: test(
    'the issuer differs by a slash',
    'cli/causes',
    'with the slash of an empty path is the same, and is spelled so from then on',
  ),
  A20: test(
    'the client changes a string before it compares it',
    'auth/wire/server-discovery',
    'that is spelled oddly is compared as it is spelled',
  ),
  A21: profile('the expected issuer is taken from the MCP URL', 'plain'),
  A22: profile('an issuer that is a template', 'entra-multi-tenant'),
  A23: test(
    'resource is the origin, and full equality is demanded',
    'auth/sign-in/steps/protected-resource',
    'a resource stands for the server',
  ),
  A24: test(
    'resource is another host',
    'auth/wire/resource-discovery',
    'the document of another server is refused, and its authorization server never asked',
  ),
  A25: test(
    'the query of the MCP URL gets into resource, or is lost from the requests',
    'auth/wire/resource-discovery',
    'goes with the request for the metadata and into no resource, event or error',
  ),
  A26: test(
    'endpoints in plain http',
    'auth/wire/public-server',
    'is refused, and the line that would excuse it named',
  ),
  A27: test(
    'members that are null or of another type',
    'auth/server/metadata',
    'null is absent, without a word (supabase/auth#2310)',
  ),
  A28: test(
    'endpoints on other hosts are refused',
    'auth/server/metadata',
    'endpoints on other public hosts are legal (codex#44437)',
  ),
  A29: profile('default endpoints are used although the metadata names others', 'front'),
  A30: profile('registration_endpoint is lost on the way', 'gotrue'),
  A31: test(
    'strangers are greeted, and no sign-in is ever offered',
    'auth/wire/resource-discovery',
    'also when the server lets strangers in (Google)',
  ),
  A32: profile('the challenge of a tool names metadata of its own', 'google'),
  A33: test(
    'the probe itself is refused for its form',
    'auth/wire/cold-sign-in',
    'asks with a greeting that a server can read, and with both kinds of answer: others are refused before the token',
  ),
  A34: test(
    'a stranger gets 403, 404 or a page',
    'auth/wire/resource-discovery',
    'without a challenge at all, whatever the status',
  ),
  A35: test(
    'headers of MCP, or of the person, at the authorization server',
    'auth/wire/cold-sign-in',
    'nothing that belongs to MCP',
  ),
  A36: test(
    'proxy or private authority are not used for the sign-in',
    'cli/stories/private-authority',
    'a private certificate authority holds for every request of the sign-in, not only for the server',
  ),
  A37: test(
    'the authorization server of a server is remembered for ever',
    'auth/wire/migration',
    'the next refused call leads to a sign-in there, with a client of its own',
  ),
  A38: not(
    'the browser is sent to another region, with an authorization server of its own',
    'only the browser sees where it was sent; an answer that names another issuer is refused with both names (D11), which is where the person learns of it',
  ),
  A39: test(
    'several authorization servers, the first of no use',
    'auth/wire/server-discovery',
    'are tried in order until one can be used',
  ),
  // B: registration
  B01: test(
    'no registration, and nothing said of what to do',
    'cli/stories/identity',
    'without a client of one’s own, a server that registers none is a clear word, and nothing is opened',
  ),
  B02: test(
    'a client was configured, and another one is registered',
    'auth/sign-in/registration-approach',
    'a configured client before all else, and nothing instead of it',
  ),
  B03: test('a registration endpoint is guessed', 'auth/wire/registration', 'there is no guessed one'),
  B04: test(
    'a registration without the scopes',
    'auth/wire/registration',
    'names the very scopes that are asked for, offline_access included (Fastmail)',
  ),
  B05: profile('scopes are asked for that were not registered', 'better-auth'),
  B06: test(
    'scopes that the registration does not take',
    'auth/oauth/registration',
    'refused scopes: without them (B06)',
  ),
  B07: test(
    'unknown or empty members in a registration',
    'auth/oauth/registration',
    'says what is needed and nothing else',
  ),
  B08: profile('loopback is refused for want of application_type', 'better-auth'),
  B09: profile('client_uri is of another origin', 'clerk'),
  B10: profile('a registration without a name', 'stripe'),
  B11: test(
    'only approved names may register',
    'auth/wire/registration',
    'but not when the provider does not approve of the client (Figma)',
  ),
  B12: test(
    'localhost is taken and 127.0.0.1 is not, or the reverse',
    'auth/oauth/registration',
    'a refused redirect URI: the other spelling of it (B12)',
  ),
  B13: profile('one of several redirect URIs spoils the registration', 'wordpress'),
  B14: test(
    'the answer names another method than was asked for',
    'auth/sign-in/steps/client-registration',
    'the secret and the method are those of the answer (B14)',
  ),
  B15: test(
    'an answer with status 200, a null method, other redirect URIs',
    'auth/sign-in/steps/client-registration',
    'with status 200 is one, and said so (B15)',
  ),
  B16: test(
    'the method that is asked for does not exist there',
    'auth/wire/registration',
    'asks for a secret where the server knows no public clients',
  ),
  B17: profile('the method is not stated', 'notion'),
  B18: profile('a registration that fails with something that is no OAuth error', 'keycloak-trusted-hosts'),
  B19: test(
    'a registration endpoint that wants a token',
    'auth/wire/registration',
    'says which key names it, and which token it did not like',
  ),
  B20: test(
    'a new client at every sign-in',
    'cli/stories/identity',
    'a registration is used again as long as it fits, and made anew when the scopes grow beyond it',
  ),
  B21: test(
    'the server has forgotten the client',
    'auth/wire/second-attempt',
    'is found out at the token endpoint: a new one is registered, once',
  ),
  B22: test(
    'good credentials are thrown away with a bad one',
    'auth/wire/refresh-trouble',
    'nothing else is thrown away with it',
  ),
  B23: test(
    'metadata documents that are advertised and do not work',
    'auth/sign-in/registration-approach',
    'the choice of the person',
  ),
  B24: not(
    'a sign-in here ends one elsewhere, because both are the same client',
    'decided at the server; registrations are not carried between machines unless a person exports a credential',
  ),
  B25: test('a secret goes to another authorization server', 'cli/client-binding', '%s sends nothing there'),
  B26: test(
    'the refresh_token grant type is refused',
    'auth/oauth/registration',
    'a refused grant type: only the code (B26)',
  ),
  B27: test(
    'a page is opened without a client',
    'cli/stories/identity',
    'without a client of one’s own, a server that registers none is a clear word, and nothing is opened',
  ),
  B28: test(
    'a new sign-in that fails has replaced the one that worked',
    'auth/wire/trouble',
    'a new sign-in that fails leaves the working one alone',
  ),
  B29: test(
    'a client id of an unexpected shape',
    'auth/wire/client-secret',
    'a client id of any shape arrives as it was configured: %s',
  ),
  // C: authorization request
  C01: test(
    'no state, or a short one',
    'auth/wire/cold-sign-in',
    'a registration and a request with the same scopes, S256, and a long random state',
  ),
  C02: test(
    'a state that is large or structured',
    'auth/wire/cold-sign-in',
    'a registration and a request with the same scopes, S256, and a long random state',
  ),
  C03: test(
    'resource is missing',
    'cli/stories/resource-bound',
    'is the same in all three requests, and tools and calls succeed',
  ),
  C04: test(
    'resource gets or loses a slash',
    'auth/wire/resource-parameter',
    'as the metadata names it, byte for byte',
  ),
  C05: test(
    'resource is refused',
    'auth/wire/resource-parameter',
    'in none of them when it is configured to be left out (Entra)',
  ),
  C06: profile('the audience comes from another parameter', 'auth0'),
  C07: profile('unknown parameters are refused', 'supabase-mcp'),
  C08: profile('a refresh token wants a parameter of the provider', 'zoho'),
  C09: test(
    'prompt=consent where it is refused, or not where it is needed',
    'auth/wire/scopes',
    'brings prompt=consent with it, and nothing else does',
  ),
  C10: test(
    'everything that the authorization server lists is asked for',
    'auth/wire/scopes',
    'else none: never the catalogue of the authorization server',
  ),
  C11: profile('no scope where one is needed', 'cognito'),
  C12: test(
    'scopes of the client’s own invention',
    'auth/wire/scopes',
    'else none: never the catalogue of the authorization server',
  ),
  C13: test(
    'configured scopes are ignored, or not in every way of signing in',
    'auth/wire/scopes',
    'else that are configured',
  ),
  C14: test(
    'offline_access is never asked for',
    'auth/wire/scopes',
    'is added when the authorization server lists it',
  ),
  C15: test(
    'offline_access is asked for where it is refused',
    'auth/wire/second-attempt',
    'is asked for once, and then not',
  ),
  C16: test(
    'PKCE is not advertised',
    'auth/server/metadata',
    'assume_pkce excuses a server that says nothing, and none that says plain',
  ),
  C17: test(
    'PKCE without a method, or plain',
    'auth/wire/cold-sign-in',
    'a registration and a request with the same scopes, S256, and a long random state',
  ),
  C18: test(
    'the address is cut on its way to the browser',
    'node/sign-in/browser',
    'hands the address over as one argument, and none of our variables',
  ),
  C19: test(
    'an address that is neither opened nor shown',
    'cli/sign-in',
    'prints the address alone on a line, and says who, where, which scopes, until when, and where it is kept',
  ),
  C20: test(
    'no program to open a browser with',
    'node/sign-in/browser',
    'tries the next one when a program is missing or fails, and says so when all do',
  ),
  C21: test(
    'browser windows that nobody asked for',
    'cli/session',
    'every command but login says what to run, and opens nothing',
  ),
  C22: test(
    'a page that never comes back',
    'cli/causes',
    'a page that shows an error and never comes back: what it was asked for',
  ),
  C23: test(
    'the wrong person is signed in',
    'cli/accounts',
    'is shown by login, status and list, tells two accounts apart, and is still known after a renewal',
  ),
  C24: test(
    'the endpoint’s own query is lost or doubled',
    'auth/sign-in/steps/authorization',
    'for any query: nothing of its own is lost, and none of ours is there twice',
  ),
  C25: test(
    'only pushed authorization requests are taken',
    'cli/pushed-requests',
    'what a server wants pushed goes to the server itself, and the browser carries a reference to it',
  ),
  // D: callback
  D01: profile('another port than the registered one', 'atlassian-v2'),
  D02: test(
    'a registration for another port is used for ever',
    'auth/wire/registration-reuse',
    'when somebody else has taken the port',
  ),
  D03: test(
    'a fixed port is held by somebody else',
    'node/sign-in/callback-server',
    'says port_in_use when a fixed port is taken at %s',
  ),
  D04: test(
    'the listener is not there yet, or no more',
    'node/sign-in/callback-server',
    'is taken once, held until the end is known, and then shown',
  ),
  D05: test(
    'localhost means another address than the listener’s',
    'node/sign-in/callback-server',
    'is answered on ::1 too, because localhost may mean that',
  ),
  D06: profile('the token request names another redirect URI', 'plain'),
  D07: test(
    'an error in the callback goes round',
    'auth/wire/callback',
    'by the server, in its own words, made plain',
  ),
  D08: test(
    'an answer with another state is taken',
    'auth/wire/callback',
    'is not the one that is waited for',
  ),
  D09: test('iss is dropped before it is judged', 'auth/sign-in/steps/callback', 'promised and right'),
  D10: profile('iss is promised and missing', 'workers-oauth-0.9'),
  D11: profile('iss is another host', 'namecheap'),
  D12: profile('iss differs by a slash', 'better-auth-slash'),
  D13: test('iss is looked for in the token answer', 'auth/wire/callback', 'iss %s'),
  D14: test(
    'the code belongs to an attempt that was given up',
    'auth/wire/callback',
    'of an earlier attempt is not good for the next',
  ),
  D15: test(
    'a code is redeemed twice, or by another process',
    'cli/reliability/one-window',
    'open one window: %s SERVER %j',
  ),
  D16: test(
    'the page says that it worked, and it did not',
    'auth/wire/trouble',
    'the person at the browser is told that it failed, not that it worked',
  ),
  D17: test(
    'the text of an answer that is not authentic is shown',
    'auth/sign-in/steps/callback',
    'of somebody else is not shown at all',
  ),
  D18: test(
    'another path of the redirect URI',
    'node/sign-in/callback-server',
    'is replaced whole by a callback URL, whose host is let in',
  ),
  D19: test(
    'a redirect URI of another host, or https',
    'node/sign-in/callback-server',
    'is replaced whole by a callback URL, whose host is let in',
  ),
  D20: test('other requests end the wait', 'node/sign-in/callback-server', 'is answered and forgotten: %s'),
  // E: token exchange
  E01: profile('a form-encoded token answer', 'github'),
  E02: test('an error with status 200', 'auth/oauth/token-answer', 'E02: an error with status 200'),
  E03: test(
    'a token answer with another 2xx status',
    'auth/oauth/token-answer',
    'E03: any 2xx is a success, and said so',
  ),
  E04: test('an odd token_type', 'auth/oauth/token-answer', '%j is Bearer'),
  E05: profile('nested tokens, scopes with commas', 'slack'),
  E06: profile('expires_in is a string', 'entra-v1'),
  E07: test(
    'expires_in is missing, nought or nonsense',
    'auth/oauth/token-answer',
    'a missing one is taken from a token that happens to be a JWT',
  ),
  E08: test(
    'two ways to authenticate in one request',
    'auth/oauth/client-authentication',
    'client_secret_basic: both in the header, form-encoded, nothing in the body',
  ),
  E09: test(
    'Basic credentials with reserved characters',
    'cli/causes',
    'with blanks and signs in it is sent as it is',
  ),
  E10: test(
    'another way to authenticate than the metadata names',
    'auth/wire/client-secret',
    'the server takes %s and says %j: the other one is tried once, and kept',
  ),
  E11: test(
    'a public client sends Basic',
    'auth/oauth/client-authentication',
    'none: the id in the body, no header',
  ),
  E12: profile('a secret is wanted beside PKCE', 'box'),
  E13: profile('an Origin is wanted', 'entra-spa'),
  E14: test(
    'resource in the token request is missing or another',
    'cli/stories/resource-bound',
    'is the same in all three requests, and tools and calls succeed',
  ),
  E15: test(
    'a code is sent twice',
    'auth/wire/trouble',
    '%j: the code is sent once, the registration is kept for the next attempt',
  ),
  E16: test('a verifier that several attempts share', 'auth/wire/cold-sign-in', 'no two attempts alike'),
  E17: profile('another host is asked for the token', 'agentcore'),
  E18: test(
    'a sloppy Content-Type',
    'auth/wire/client-secret',
    'every form says application/x-www-form-urlencoded, and not a word more',
  ),
  E19: test(
    'fewer scopes are granted, or none named',
    'cli/sign-in',
    'a narrower grant is shown beside what was asked for',
  ),
  E20: test(
    'an error in a shape of its own',
    'auth/wire/token-deviations',
    'errors of the token endpoint in all their shapes',
  ),
  E21: test(
    'a fresh token is refused',
    'auth/wire/refused-token',
    '%s: is an error of the server, and no second browser',
  ),
  E22: profile('an access token that is no JWT', 'auth0-compatible'),
  E23: test(
    'no refresh token, and nobody is told',
    'cli/stories/fastmail',
    'without offline_access there is no refresh token, and login says when to sign in again',
  ),
  // F: storage
  F01: test(
    'a key with something in it that changes',
    'auth/credential/record',
    'is 64 hexadecimal characters, always the same ones',
  ),
  F02: test(
    'two entries for one server ask twice',
    'cli/entries',
    'entries that differ only in headers share, and status says so',
  ),
  F03: test(
    'another address under the same name gets the token',
    'cli/reliability/around',
    'a URL that is edited in the configuration is a new identity',
  ),
  F04: test(
    'only a relative lifetime is stored',
    'auth/credential/state',
    'a token dies at its expiry, not after',
  ),
  F05: test(
    'a half-written file',
    'node/stores/plain-store',
    'is set aside and said when it is %s; the next sign-in works',
  ),
  F06: test(
    'a file that others can read',
    'node/stores/plain-store',
    'takes access away from others when it reads',
  ),
  F07: test(
    'a keyring that is locked or absent',
    'node/stores/keyring',
    'that is locked is an error and no reason for a second store; unlocked again, all is there',
  ),
  F08: test(
    'a write that did nothing',
    'node/stores/plain-store',
    'is read back: a disk that does not keep it is an error, and no success',
  ),
  F09: test(
    'a refresh without a refresh token loses the old one',
    'auth/oauth/token-answer',
    'empty is none (F09)',
  ),
  F10: test(
    'client and tokens of different registrations',
    'auth/wire/refresh',
    'and its successor are one record',
  ),
  F11: test(
    'a refresh token goes to another authorization server',
    'auth/wire/migration',
    'nothing of the old one ever reaches the new one',
  ),
  F12: test(
    'nothing is left in a container',
    'cli/machine',
    'MCPASS_HOME holds everything, and nothing is written outside',
  ),
  F13: test(
    'tokens that do not fit into the keyring',
    'node/stores/keyring',
    'keeps a key of 32 bytes, however large the tokens are',
  ),
  F14: test(
    'something is left after a logout',
    'cli/sign-in',
    'logout revokes and deletes, remove logs out first, and both say so',
  ),
  // G: refresh
  G01: test(
    'a browser at the expiry, though a refresh token is there',
    'auth/wire/refresh',
    'costs one refresh, however many calls are waiting',
  ),
  G02: test(
    'a refresh needs what only a sign-in has',
    'auth/wire/nobody-to-ask',
    'tokens are renewed all the same',
  ),
  G03: profile('a refresh without resource', 'resource-bound'),
  G04: test(
    'a refresh with a resource that the grant never had',
    'auth/wire/refresh',
    'is renewed as it was granted: same client, same method, same resource, no scope',
  ),
  G05: test(
    'a refresh must name the scope',
    'auth/wire/refresh',
    'gets the granted scopes where it is told so',
  ),
  G06: test(
    'an old refresh token is used again',
    'auth/wire/refresh',
    'is replaced by every new one, so that a rotating server never sees one twice',
  ),
  G07: test(
    'the answer to a refresh is lost',
    'auth/wire/refresh-trouble',
    'is asked for again, soon enough for a server with some leeway',
  ),
  G08: test(
    'trouble ends a good sign-in',
    'auth/wire/refresh-trouble',
    '%j: a token that still lives is used',
  ),
  G09: test(
    'a dead refresh token is tried for ever',
    'auth/wire/refresh',
    'that was refused once is not sent again, not even by hand',
  ),
  G10: test(
    'a dead client at a refresh',
    'auth/wire/refresh-trouble',
    'at a refresh means that the client is dead: the next sign-in registers anew',
  ),
  G11: test(
    'a living access token is thrown away with the refresh token',
    'auth/wire/refresh-trouble',
    'while the access token lives leaves that one alone',
  ),
  G12: test(
    'no margin before the expiry',
    'auth/wire/refresh',
    'is renewed shortly before its end, not at it',
  ),
  G13: test(
    'a lifetime shorter than the margin',
    'auth/credential/state',
    'one of %d s is used for a second at least, so that no lifetime makes a storm',
  ),
  G14: profile('a refresh ends the token of a call under way', 'notion'),
  G15: profile('the refresh works and the token does not', 'sentry-dead-upstream'),
  G16: test(
    'another process has signed in',
    'cli/reliability/running-session',
    'adopts a refresh, a logout and a sign-in of other processes',
  ),
  G17: test(
    'a refresh authenticates another way than the exchange',
    'auth/wire/refresh',
    'is renewed as it was granted: same client, same method, same resource, no scope',
  ),
  G18: test(
    'a refresh that did not happen, and nobody knows why',
    'cli/reliability/trouble',
    'keeps everything; the token is used while it lives; then why and until when is said',
  ),
  G19: test(
    'a refresh token that ends by itself',
    'cli/reliability/states',
    'says until when a sign-in renews itself, where the server says so',
  ),
  G20: test(
    'the metadata cannot be found when a token is renewed',
    'auth/wire/token-endpoint',
    'is looked up again, and the grant renewed where it is now',
  ),
  G21: test('idle accounts are renewed', 'auth/wire/cold-sign-in', 'a warm start costs nothing'),
  G22: test(
    'several requests renew at once',
    'auth/wire/refresh',
    'with twenty calls in flight costs one refresh, and every call is answered',
  ),
  // H: runtime: 401, 403, step-up
  H01: profile('an expired token shows as a failed tool', 'mediawiki'),
  H02: test('digits in a text are taken for a status', 'auth/credential/unauthorized', 'a 401 means'),
  H03: test(
    'missing scopes are answered by a refresh',
    'auth/wire/step-up',
    'asks for what was asked before and what is missing',
  ),
  H04: test(
    'each step-up loses what came before',
    'auth/wire/step-up',
    'and has them once and for all: no ping-pong',
  ),
  H05: test(
    'a server that is never content',
    'auth/wire/step-up',
    'gets two tries for a call, and then an error',
  ),
  H06: test(
    'missing scopes are told as an expired token',
    'cli/session',
    'a step-up names the scopes that are missing, and --login fetches them',
  ),
  H07: test('a 403 without a challenge starts a sign-in', 'auth/wire/step-up', 'from the sandbox, too'),
  H08: test(
    'a lost session is taken for a lost sign-in',
    'cli/odd-servers/oddities',
    '404 to a forgotten session',
  ),
  H09: test(
    'a 400 about the version is taken for one about the sign-in',
    'cli/session',
    'a server that refuses the first version it is offered is spoken to in another',
  ),
  H10: test(
    'a 401 on the stream or the farewell',
    'auth/wire/refresh',
    'in every kind of request is dealt with',
  ),
  H11: test(
    'a token that is not attached',
    'auth/wire/request-authorization',
    'attach the token, and renew it when the server says no',
  ),
  H12: test(
    'a token goes along with a redirect',
    'auth/wire/redirects',
    'to another origin is refused, and the token goes nowhere',
  ),
  H13: test(
    'a configured header and a sign-in get into each other’s way',
    'cli/usability',
    'a bearer token is not shown with the sign-in of another name, and a URL finds the one that signs in',
  ),
  H14: test(
    'OAuth cannot be switched off',
    'auth/wire/fixed-authorization',
    'means none: a 401 is handed on, and nobody signs in',
  ),
  H15: test(
    'a page that a tool wants opened is taken for a sign-in',
    'bridge/page-addresses',
    'an address that is fit to be opened is relayed as it is',
  ),
  H16: test(
    'a step-up in the background opens something',
    'auth/wire/step-up',
    'names what is missing and what to ask for, where no browser may be opened',
  ),
  H17: test(
    'scopes tool by tool, a sign-in each',
    'cli/session',
    'scopes that are named at the sign-in spare a sign-in for each tool, and status shows them',
  ),
  // I: several processes
  I01: test(
    'many processes with one refresh token',
    'cli/reliability/fifty',
    'with one expired token: one refresh, fifty successes, no browser',
  ),
  I02: test(
    'a lock that holds in one process only',
    'cli/reliability/fifty',
    'threads, and authorizers within them, share one refresh',
  ),
  I03: test(
    'a lock of a dead process',
    'node/stores/lock-file',
    'is taken at once from a process that is gone',
  ),
  I04: test(
    'one waits for ever for another’s sign-in',
    'cli/reliability/one-window',
    'waits no longer than it would for a person',
  ),
  I05: test('a storm of browser tabs', 'cli/reliability/one-window', 'open one window: %s SERVER %j'),
  I06: test(
    'the one who opened the browser dies',
    'cli/reliability/one-window',
    'takes over when that one %s',
  ),
  I07: test(
    'a host that starts and stops its bridge',
    'cli/reliability/one-window',
    'sees no window before the first call, and one then',
  ),
  I08: test(
    'an older answer replaces a newer record',
    'node/stores/plain-store',
    'an older change does not replace a newer record, nor bring back or delete one',
  ),
  I09: test(
    'a logout is undone by a refresh',
    'cli/reliability/around',
    'while another process renews: it stays logged out, and the new tokens are revoked',
  ),
  I10: test(
    'one file for all, and an update is lost',
    'node/stores/lock-file',
    'lose no update and are never inside together',
  ),
  I11: test(
    'a disk without locks',
    'auth/wire/refresh-pause',
    'is no end: what that one stored is adopted, and nothing written over it',
  ),
  // J: without a screen: SSH, WSL, containers, CI
  J01: test(
    'the browser is on another machine',
    'node/sign-in/callback-server',
    'over SSH is how to forward the very port, and how to paste',
  ),
  J02: test(
    'a pasted answer is not judged',
    'node/sign-in/callback-server',
    'of a wrong state is said, and the wait goes on',
  ),
  J03: test(
    'no device flow',
    'cli/device',
    'login --device says where to enter which code, opens nothing, and goes on when it was entered',
  ),
  J04: test(
    'a browser of Windows and a listener of WSL',
    'node/sign-in/browser',
    'the browser is that of Windows, although Linux has no display',
  ),
  J05: not(
    'a listener inside a container',
    'the listener stays on loopback, because everybody who reaches it may answer it: the answer is pasted, or the port forwarded (J01)',
  ),
  J06: test(
    'something waits under CI',
    'cli/sign-in',
    'with CI set and no browser configured it fails at once',
  ),
  J07: test(
    'a machine without a person',
    'auth/wire/fixed-authorization',
    '%s is sent, and there is no OAuth',
  ),
  J08: test(
    'a keyring that asks or hangs',
    'node/stores/keyring',
    'that hangs is given up after 3 seconds, and the process goes on',
  ),
  J09: test(
    'a sign-in is carried to another machine',
    'cli/stores',
    'carries a sign-in to another machine, encrypted',
  ),
  J10: test(
    'quotes and percent signs in an address',
    'node/sign-in/browser',
    'does not run what a server wrote into its authorization endpoint, with %s',
  ),
  J11: test(
    'something that is no message on standard output',
    'bridge/bad-input',
    'what a library prints is kept off the wire',
  ),
  J12: test(
    'a host that does not wait for a person',
    'bridge/sign-in',
    'the host starts at once, hears the command, and goes on by itself when it was run',
  ),
  // K: what is said
  K01: profile('“authentication failed” and nothing else', 'cropwise'),
  K02: test('a dump of a validator', 'cli/network', 'HTML at %s'),
  K03: test('the wrong cause', 'cli/causes', 'and that lives is not called expired'),
  K04: test(
    '“connected” with an expired token',
    'cli/reliability/around',
    'asks the server once, and says what it says',
  ),
  K05: test('a page in the terminal', 'auth/oauth/error', 'a page: its title'),
  K06: test('secrets in a log', 'auth/wire/events', 'no event of a whole life has a secret in it'),
  K07: test(
    'no way to begin anew with one server',
    'cli/sign-in',
    'logout --all covers every server and account, and --keep-client keeps the registration',
  ),
  K08: test('no deadline', 'auth/wire/limits', 'at %s ends after 30 seconds, each time it is asked for'),
  K09: test(
    'nobody knows which account, scopes, issuer',
    'cli/sign-in',
    'prints the address alone on a line, and says who, where, which scopes, until when, and where it is kept',
  ),
  K10: test(
    'no doctor',
    'cli/doctor/faults',
    'of everything that goes wrong, the first row that fails is the right one and names the right party',
  ),
  K11: test(
    'exit codes that do not tell a sign-in from a network',
    'cli/command-line',
    'the exit codes are a promise',
  ),
  K12: test(
    'success is announced, and the token is of no use',
    'auth/wire/refused-token',
    '%s: also when the sign-in was made by hand a moment ago',
  ),
  // L: security
  L01: test(
    'a command line in the address of the page',
    'node/sign-in/browser',
    'does not run what a server wrote even where the program of the person makes a shell line of it',
  ),
  L02: test('another scheme than https', 'auth/server/endpoint-rule', 'where nobody may lead'),
  L03: test(
    'what cmd would expand',
    'node/sign-in/browser',
    'does not run what a server wrote into its authorization endpoint, with %s',
  ),
  L04: test('a server leads into the private network', 'auth/wire/public-server', 'by its %s'),
  L05: test(
    'a private server may',
    'auth/server/endpoint-rule',
    'a private server may lead to private places',
  ),
  L06: test(
    'a name that means another address when it is used',
    'node/fetch/address-guard',
    'stays what it was: it cannot become a private one between two requests',
  ),
  L07: test(
    'redirects to internal hosts, and of requests with secrets',
    'auth/wire/redirects',
    'a request that carries secrets is not sent on, not even within the server',
  ),
  L08: test(
    'the resource of another server',
    'auth/wire/resource-discovery',
    'the document of another server is refused, and its authorization server never asked',
  ),
  L09: test(
    'a mix-up of authorization servers',
    'auth/wire/public-server',
    'that lets the person sign in at an honest one gets no code (mix-up)',
  ),
  L10: test(
    'somebody claims to be an honest issuer',
    'auth/wire/public-server',
    'that claims to be an honest one is refused',
  ),
  L11: test(
    'an honest issuer with somebody else’s token endpoint',
    'auth/wire/migration',
    'a client that was brought does not go there',
  ),
  L12: test(
    'a server names another authorization server to get at what the first one issued',
    'cli/client-binding',
    'a login after %s sends nothing there',
  ),
  L13: test(
    'older rules are forced on a server that knew newer ones',
    'cli/causes',
    'is no matter where the origin still names the same issuer, or the override says so',
  ),
  L14: test(
    'an answer that somebody else injects',
    'cli/sign-in',
    'an attacker who calls back first changes nothing',
  ),
  L15: test(
    'a web page talks to the listener',
    'node/sign-in/callback-server',
    'gets pages that load, run, keep and pass on nothing',
  ),
  L16: test('another process has the port', 'cli/sign-in', 'a callback port in use is named'),
  L17: test(
    'markup in the page of the callback',
    'node/sign-in/callback-server',
    'shows why it failed, with foreign text made harmless',
  ),
  L18: test(
    'escape sequences for the terminal',
    'cli/foreign-text',
    'shows the escapes of others as what they are, in every way of speaking',
  ),
  L19: test(
    'answers that are huge, slow or deep',
    'auth/wire/limits',
    'is counted as it unfolds, not as it was packed',
  ),
  L20: test(
    'a token in logs, errors or the list of processes',
    'auth/wire/events',
    'nor has an error, with all that hangs on it',
  ),
  L21: test(
    'a token goes to another host',
    'auth/wire/headers',
    'gets neither token nor header through the authorizing fetch',
  ),
  L22: test(
    'a challenge asks for far too much',
    'cli/sign-in',
    'prints the address alone on a line, and says who, where, which scopes, until when, and where it is kept',
  ),
  L23: test(
    'a host that looks like another',
    'node/sign-in/callback-server',
    'shows look-alike letters in a host for what they are',
  ),
  L24: test(
    'an authorization server in plain http',
    'auth/server/endpoint-rule',
    'cannot be its own authorization server with it: codes and tokens never travel in the clear',
  ),
  L25: test(
    'a project file leads a token elsewhere',
    'node/config/load',
    'does not get what the person keeps for another server of the same name',
  ),
  L26: test(
    'what one server says gets into what another one is asked',
    'auth/wire/overrides',
    'of one server are not those of another',
  ),
  L27: test(
    'an error that tells the person to run something',
    'auth/sign-in/steps/callback',
    'is plain and bounded',
  ),
  L28: test(
    'a credential file that is a link',
    'node/stores/plain-store',
    'refuses a record that is a symbolic link, and leaves it and its target alone',
  ),
};
