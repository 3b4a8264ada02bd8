import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import * as surface from '../src/index.js';

/* What programs and stored files rely on: a change here is a decision, not an accident. */

const declarations = (name: string) => readFileSync(new URL(`../dist/${name}.d.ts`, import.meta.url), 'utf8');

/** The members of an interface, optional ones with a question mark. */
function membersOf(file: string, name: string): string[] {
  const body =
    new RegExp(`interface ${name}\\b[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(declarations(file))?.[1] ?? '';
  return [...body.matchAll(/^ {4}(?:readonly )?(\w+\??)[:(<]/gm)].map(([, member = '']) => member).sort();
}

/** The texts of a union of them. */
function textsOf(file: string, name: string): string[] {
  const union = new RegExp(`type ${name} =([^;]*);`).exec(declarations(file))?.[1] ?? '';
  return [...union.matchAll(/'([^']+)'/g)].map(([, text = '']) => text).sort();
}

describe('the package', () => {
  test('exports these values', () => {
    expect(Object.keys(surface).sort()).toEqual([
      'ATTEMPT_LIMIT',
      'CodecError',
      'McpassError',
      'NEW_EXCHANGE',
      'PRIVATE_ADDRESS',
      'RECORD_VERSION',
      'Secret',
      'arePrintableAsciiLines',
      'blamesSession',
      'clientDocument',
      'clockWasSetBack',
      'coversServer',
      'createAuthorizer',
      'createEntryStore',
      'createMemoryStore',
      'createPageUser',
      'credentialState',
      'decodeRecord',
      'didYouMean',
      'disownsSession',
      'emptyRecord',
      'encodeRecord',
      'findMcpassError',
      'fitsEntry',
      'grantExtensions',
      'grantWords',
      'hasRenewal',
      'identityUrl',
      'inertAddress',
      'isGuid',
      'isIssuedKey',
      'isJsonObject',
      'isLoopbackHost',
      'isMcpassError',
      'isPrintableAscii',
      'isPrivateAddress',
      'isPrivateHost',
      'isRedirect',
      'isRenewable',
      'isSameServer',
      'isScopeToken',
      'isSecretName',
      'isTransientStatus',
      'isUnattended',
      'judgeAccountLabel',
      'judgePageAddress',
      'judgeRedirect',
      'keyText',
      'knownRefusal',
      'looksRandom',
      'mayTakeAnotherWay',
      'nearest',
      'networkFailure',
      'objectIn',
      'openableAddress',
      'opensPage',
      'parseJsonObject',
      'parseServerUrl',
      'placesOf',
      'plain',
      'publicJwk',
      'quote',
      'readClientKey',
      'recordKeyOf',
      'recordName',
      'replaceUnsafe',
      'retryAfterSeconds',
      'serverIdentity',
      'shownUrl',
      'signInMode',
      'speaksOfSession',
      'webClock',
      'webPorts',
      'wouldMake',
    ]);
  });

  test('exports these types', () => {
    const lists = [...declarations('index').matchAll(/export type \{([^}]*)\}/g)].map(
      ([, names = '']) => names,
    );
    expect(
      lists
        .join(',')
        .split(/[\s,]+/)
        .filter(Boolean)
        .sort(),
    ).toEqual([
      'AccessToken',
      'Answer',
      'Attached',
      'AuthEvent',
      'AuthMethod',
      'Authorizer',
      'AuthorizerOptions',
      'BoundClient',
      'CallbackServer',
      'Client',
      'ClientBinding',
      'ClientBindings',
      'ClientKey',
      'ClientKeySource',
      'ClientMove',
      'Clock',
      'ConfiguredClient',
      'ConsentRequest',
      'CredentialRecord',
      'CredentialState',
      'Deviation',
      'DeviceCode',
      'DeviceRequest',
      'Endpoints',
      'ErrorCode',
      'ErrorDetails',
      'Examination',
      'ExaminedAnswer',
      'ExaminedStep',
      'ExaminedStepName',
      'Exchange',
      'Fact',
      'Fault',
      'Fetch',
      'Grant',
      'GrantType',
      'Hold',
      'Identity',
      'IdentityProvider',
      'JsonObject',
      'LastRefresh',
      'LastSignIn',
      'Observe',
      'OfflineAccess',
      'Outcome',
      'PageUserOptions',
      'PendingConsent',
      'PendingDevice',
      'PendingSignIn',
      'Ports',
      'Purpose',
      'RecordKey',
      'RedirectWish',
      'RefreshOutcome',
      'RegistrationChoice',
      'Remedy',
      'RequestAuthorization',
      'SecretPlaces',
      'ServerSettings',
      'SignInBegun',
      'SignInMode',
      'SignInOptions',
      'SignInPolicy',
      'SignInResult',
      'SignInTurns',
      'SignOutReport',
      'SigningAlgorithm',
      'Step',
      'Store',
      'SubjectToken',
      'Tokens',
      'UnsafeOverrides',
      'Use',
      'User',
      'Verdict',
      'WebPortsOptions',
    ]);
  });

  test('an authorizer does this', () => {
    expect(membersOf('authorizer', 'Authorizer')).toEqual([
      'accessToken',
      'adoptTokens',
      'beginSignIn',
      'examine',
      'fetch',
      'finishSignIn',
      'noteWantsNone',
      'record',
      'refresh',
      'signIn',
      'signOut',
    ]);
    expect(membersOf('credential/use', 'RequestAuthorization')).toEqual(['headersFor', 'verdictOn']);
    expect(membersOf('credential/use', 'Answer')).toEqual([
      'headers',
      'inSession?',
      'purpose?',
      'status',
      'words?',
    ]);
    const verdicts = [...declarations('credential/use').matchAll(/readonly action: '(\w+)'/g)];
    expect(verdicts.map(([, action]) => action)).toEqual(['pass', 'session_lost', 'resend']);
  });

  test('excuses a server from these checks, and no others', () => {
    expect(membersOf('server/settings', 'UnsafeOverrides')).toEqual([
      'allowLegacy?',
      'allowMissingIss?',
      'assumePkce?',
      'authorizationServer?',
      'privateHosts?',
      'trustedCallbackIssuer?',
      'trustedIssuer?',
      'upgradeHttp?',
    ]);
  });
});

describe('errors', () => {
  test('have these codes', () => {
    expect(textsOf('errors', 'ErrorCode')).toEqual([
      'answer_invalid',
      'answer_too_large',
      'authorization_invalid',
      'authorization_refused',
      'client_issuer_mismatch',
      'client_needed',
      'client_rejected',
      'config_invalid',
      'connect_failed',
      'connection_lost',
      'dns_failed',
      'endpoint_unsafe',
      'forbidden',
      'insufficient_scope',
      'internal',
      'interrupted',
      'issuer_mismatch',
      'login_not_wanted',
      'login_refused',
      'login_required',
      'login_timeout',
      'name_in_use',
      'pkce_unsupported',
      'port_in_use',
      'proxy_failed',
      'rate_limited',
      'record_unreadable',
      'redirect_refused',
      'registration_refused',
      'resource_metadata_invalid',
      'resource_mismatch',
      'server_error',
      'server_metadata_missing',
      'server_unknown',
      'store_unreadable',
      'store_unwritable',
      'timeout',
      'tls_failed',
      'token_bound',
      'token_refused',
      'token_rejected',
      'tool_failed',
      'tool_unknown',
      'url_invalid',
      'usage',
    ]);
  });

  test('happen at these steps, and are these parties’ fault', () => {
    expect(textsOf('errors', 'Step')).toEqual([
      'authorization',
      'challenge',
      'client',
      'clock',
      'config',
      'connect',
      'credential',
      'dns',
      'refresh',
      'resource',
      'scopes',
      'server',
      'session',
      'store',
      'tls',
      'token',
    ]);
    expect(textsOf('errors', 'Fault')).toEqual(['network', 'ours', 'server', 'yours']);
  });
});

describe('a record of version 1', () => {
  test('is of version 1', () => {
    expect(surface.RECORD_VERSION).toBe(1);
  });

  test.each([
    [
      'CredentialRecord',
      [
        'generation',
        'grant?',
        'lastRefresh?',
        'lastSignIn?',
        'pending?',
        'registration?',
        'signInNeeded?',
        'strangerRefused?',
        'version',
        'wantsNoneAtS?',
      ],
    ],
    ['RecordKey', ['account', 'server', 'variant?']],
    [
      'Grant',
      [
        'client',
        'deviations?',
        'dpopKey?',
        'endpoints',
        'grantedScopes?',
        'identity?',
        'issuer',
        'requestedScopes',
        'resource?',
        'signedInAtS',
        'tokens',
        'type?',
      ],
    ],
    [
      'Client',
      [
        'authMethod',
        'id',
        'issuer',
        'origin',
        'redirectUri?',
        'registeredAtS?',
        'registrationAccessToken?',
        'registrationClientUri?',
        'scopes?',
        'secret?',
        'secretExpiresAtS?',
      ],
    ],
    ['Endpoints', ['authorization?', 'registration?', 'revocation?', 'token']],
    [
      'Tokens',
      [
        'acceptedAtS?',
        'access',
        'expiresAtS?',
        'obtainedAtS',
        'refresh?',
        'refreshExpiresAtS?',
        'refusedAtS?',
        'type',
      ],
    ],
    [
      'PendingCommon',
      ['client', 'clientMove?', 'dpopKey?', 'endpoints', 'expiresAtS', 'issuer', 'resource?', 'scopes'],
    ],
    [
      'PendingConsent',
      ['authorizationUrl', 'codeVerifier', 'device?', 'issPromised', 'nonce?', 'openBeforeS?', 'state'],
    ],
    ['PendingDevice', ['device']],
    ['DeviceCode', ['code', 'intervalS', 'userCode', 'verificationUri', 'verificationUriComplete?']],
    ['LastRefresh', ['atS', 'code?', 'detail?', 'failures?', 'nextAtS?', 'outcome', 'vainAtS?']],
    ['LastSignIn', ['atS', 'code', 'detail', 'outcome', 'wish']],
  ])('has these members in %s', (name, members) => {
    expect(membersOf('credential/record', name)).toEqual(members);
  });

  test('tells these outcomes of a refresh and these states apart', () => {
    expect(textsOf('credential/record', 'RefreshOutcome')).toEqual([
      'client_refused',
      'failed',
      'refused',
      'renewed',
    ]);
    expect(textsOf('credential/state', 'CredentialState')).toEqual([
      'expired',
      'login_required',
      'none',
      'not_signed_in',
      'signed_in',
    ]);
  });
});

test('the engine reports these kinds of events', () => {
  const kinds = [...declarations('events').matchAll(/readonly type: '(\w+)'/g)].map(([, kind = '']) => kind);
  expect(kinds.sort()).toEqual(['answer', 'consent', 'decision', 'deviation', 'no_answer', 'request']);
});
