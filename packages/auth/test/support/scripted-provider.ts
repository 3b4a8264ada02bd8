import { testClient, type TestClient, type TestClientOptions } from './client.js';
import { type Line, type ScriptServer, scriptServer, type Seen } from './script.js';

/* A provider that does what a test says, for quirks that the sandbox does not have. */

export interface ScriptedProvider {
  /** The MCP server, and the authorization server unless another one is named. */
  readonly server: ScriptServer;
  readonly url: string;
  /** The lines of an authorization server for that origin. */
  client(options?: Options): TestClient;
}

type Options = Omit<Partial<TestClientOptions>, 'settings'> & {
  readonly settings?: Partial<TestClientOptions['settings']>;
};

export const TOKENS = { access_token: 'at-1', token_type: 'Bearer', expires_in: 3600, refresh_token: 'rt-1' };

export const INITIALIZE = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
};

/** The lines of an MCP server at `/mcp` that names these authorization servers and takes any token. */
export function resourceLines(origin: string, authorizationServers: readonly string[]): Record<string, Line> {
  const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
  const challenge = {
    status: 401,
    headers: { 'www-authenticate': `Bearer resource_metadata="${metadata}"` },
  };
  return {
    'POST /mcp': ({ headers }: Seen) => (headers['authorization'] === undefined ? challenge : { body: {} }),
    'GET /.well-known/oauth-protected-resource/mcp': {
      body: { resource: `${origin}/mcp`, authorization_servers: authorizationServers },
    },
  };
}

/** The metadata document of an authorization server at that origin. */
export function serverDocument(origin: string, members: object = {}): object {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    code_challenge_methods_supported: ['S256'],
    ...members,
  };
}

/** The lines of an authorization server that registers everybody and consents at once. */
export function serverLines(origin: string, members: object = {}): Record<string, Line> {
  return {
    'GET /.well-known/oauth-authorization-server': { body: serverDocument(origin, members) },
    'POST /register': { status: 201, body: { client_id: 'client-1' } },
    'GET /authorize': ({ query }: Seen) => {
      const callback = new URL(query.get('redirect_uri') ?? '');
      callback.search = new URLSearchParams({ code: 'code-1', state: query.get('state') ?? '' }).toString();
      return { status: 302, headers: { location: callback.href } };
    },
    'POST /token': { body: TOKENS },
  };
}

/** A provider on one origin, with lines of its own for what a test is about. */
export async function scriptedProvider(
  lines: (origin: string) => Readonly<Record<string, Line | undefined>> = () => ({}),
): Promise<ScriptedProvider> {
  const server = await scriptServer();
  const { origin } = server;
  server.learn({ ...resourceLines(origin, [origin]), ...serverLines(origin), ...lines(origin) });
  const url = `${origin}/mcp`;
  return {
    server,
    url,
    client: ({ settings, ...options } = {}) =>
      testClient({ visit: browse, ...options, settings: { url, ...settings } }),
  };
}

/** A browser whose owner has nothing to click. */
export async function browse(url: string): Promise<string> {
  return (await fetch(url)).text();
}
