// Two independent OAuth clients as judges of the simulated authorization server: oauth4webapi, strict to the letter,
// and the MCP SDK's own.
import {
  Client,
  StreamableHTTPClientTransport,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type OAuthTokens,
} from '@modelcontextprotocol/client';
import * as oauth from 'oauth4webapi';
import { expect, test } from 'vitest';
import { openCallback } from './support/callback.js';
import { sandboxes } from './support/sandboxes.js';

const start = sandboxes();
const insecure = { [oauth.allowInsecureRequests]: true };

test('oauth4webapi finds nothing to complain about', async () => {
  const sandbox = await start('plain');
  await using listener = await openCallback();
  const resource = new URL(sandbox.url);
  const metadata = await oauth.processResourceDiscoveryResponse(
    resource,
    await oauth.resourceDiscoveryRequest(resource, insecure),
  );
  const issuer = new URL(metadata.authorization_servers?.[0] ?? '');
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  const server = await oauth.processDiscoveryResponse(issuer, discovered);
  const registration = { redirect_uris: [listener.url], token_endpoint_auth_method: 'none' };
  const client = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(server, registration, insecure),
  );

  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(server.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: listener.url,
    scope: 'mcp:read',
    resource: metadata.resource,
    state: 'a-state',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  await sandbox.user().open(url);
  const callback = oauth.validateAuthResponse(
    server,
    client,
    listener.calls[0] ?? new URLSearchParams(),
    'a-state',
  );

  const none = oauth.None();
  const additionalParameters = { resource: metadata.resource };
  const options = { ...insecure, additionalParameters };
  const tokens = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    await oauth.authorizationCodeGrantRequest(
      server,
      client,
      none,
      callback,
      listener.url,
      verifier,
      options,
    ),
  );
  const renewed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, none, tokens.refresh_token ?? '', options),
  );
  const request = new Request(sandbox.url, { headers: { authorization: `Bearer ${renewed.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request, metadata.resource, insecure);
  expect(claims).toMatchObject({ client_id: client.client_id, scope: 'mcp:read' });
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, none, renewed.refresh_token ?? '', insecure),
  );
});

test('the MCP SDK signs in, lists and calls', async () => {
  const sandbox = await start('resource-bound');
  await using listener = await openCallback();
  const saved: { client?: object; tokens?: OAuthTokens; verifier?: string; discovery?: OAuthDiscoveryState } =
    {};
  const provider: OAuthClientProvider = {
    redirectUrl: listener.url,
    clientMetadata: {
      client_name: 'SDK',
      redirect_uris: [listener.url],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => saved.client as ReturnType<OAuthClientProvider['clientInformation']>,
    saveClientInformation: (client) => void (saved.client = client),
    tokens: () => saved.tokens,
    saveTokens: (tokens) => void (saved.tokens = tokens),
    saveCodeVerifier: (verifier) => void (saved.verifier = verifier),
    codeVerifier: () => saved.verifier ?? '',
    saveDiscoveryState: (discovery) => void (saved.discovery = discovery),
    discoveryState: () => saved.discovery,
    redirectToAuthorization: async (url) => void (await sandbox.user().open(url)),
  };
  const connect = async (): Promise<Client> => {
    const client = new Client({ name: 'judge', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(sandbox.url), { authProvider: provider }));
    return client;
  };
  await expect(connect()).rejects.toThrow();
  const transport = new StreamableHTTPClientTransport(new URL(sandbox.url), { authProvider: provider });
  await transport.finishAuth(listener.calls[0] ?? new URLSearchParams());
  sandbox.expireAccessTokens();
  const client = await connect();
  expect(await client.callTool({ name: 'whoami' })).toMatchObject({
    structuredContent: { subject: 'ada@sandbox.test' },
  });
  await client.close();
  expect(sandbox.log.of('token').map(({ form }) => form.get('grant_type'))).toEqual([
    'authorization_code',
    'refresh_token',
  ]);
});
