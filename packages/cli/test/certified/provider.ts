import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import Provider from 'oidc-provider';

/** A request that the authorization server saw. */
export interface Seen {
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly body: string;
}

/** An MCP server behind `oidc-provider`: a certified authorization server that shares no line and no idea with ours. */
export interface CertifiedProvider extends AsyncDisposable {
  readonly url: string;
  readonly issuer: string;
  /** Requests to a path of the authorization server, in order. */
  seen(path: string): readonly Seen[];
}

export interface CertifiedOptions {
  readonly accessTokenSeconds: number;
  /** Takes pushed authorization requests only; the MCP server takes tokens that are bound to a key only; both want nonces. */
  readonly strict?: boolean;
  /** Clients that are known from the start (OpenID Connect Registration section 2). */
  readonly clients?: readonly object[];
}

export async function startCertifiedProvider({
  accessTokenSeconds,
  strict = false,
  clients = [],
}: CertifiedOptions): Promise<CertifiedProvider> {
  const seen: Seen[] = [];
  const authorization = createServer();
  const issuer = await listen(authorization);
  const mcp = createServer();
  const origin = await listen(mcp);
  const url = `${origin}/mcp`;

  const provider = new Provider(issuer, {
    clients,
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    scopes: ['openid', 'offline_access', 'mcp:read'],
    rotateRefreshToken: true,
    // Otherwise a refresh token would only be given to those who ask for `openid` as well.
    issueRefreshToken: async (
      _ctx: unknown,
      client: { grantTypeAllowed(type: string): boolean },
      code: { scopes: Set<string> },
    ) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    ttl: {
      AccessToken: accessTokenSeconds,
      ClientCredentials: accessTokenSeconds,
      RefreshToken: 3600,
      Grant: 3600,
      Session: 3600,
      Interaction: 600,
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: strict },
      dPoP: {
        enabled: true,
        nonceSecret: Buffer.alloc(32, 7),
        requireNonce: () => strict,
      },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => false,
        getResourceServerInfo: (_ctx: unknown, resource: string) => {
          if (resource !== url) throw new Error('unknown resource');
          const ttl = { accessTokenTTL: accessTokenSeconds, accessTokenFormat: 'jwt' };
          return { scope: 'mcp:read', audience: url, ...ttl, jwt: { sign: { alg: 'RS256' } } };
        },
      },
    },
    pkce: { required: () => true },
  });
  const serve = provider.callback();
  authorization.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
    const chunks: Buffer[] = [];
    // Listening does not take the body away from the provider: both read the same stream.
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const form =
        request.headers['content-type']?.includes('form') === true ? new URLSearchParams(body) : searchParams;
      seen.push({ path: pathname, parameters: form, body });
    });
    request.pause();
    serve(request, response);
  });
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  mcp.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void protectedServer(request, response, { origin, url, issuer, keys, strict });
  });

  return {
    url,
    issuer,
    seen: (path) => seen.filter((request) => request.path === path),
    async [Symbol.asyncDispose]() {
      await Promise.all([authorization, mcp].map(close));
    },
  };
}

interface Protected {
  readonly origin: string;
  readonly url: string;
  readonly issuer: string;
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
  readonly strict: boolean;
}

async function protectedServer(
  request: IncomingMessage,
  response: ServerResponse,
  server: Protected,
): Promise<void> {
  const metadataUrl = `${server.origin}/.well-known/oauth-protected-resource/mcp`;
  const answer = (status: number, json?: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(json === undefined ? undefined : JSON.stringify(json));
  };
  if (request.url === new URL(metadataUrl).pathname) {
    return answer(200, {
      resource: server.url,
      authorization_servers: [server.issuer],
      scopes_supported: ['mcp:read'],
      ...(server.strict && { dpop_bound_access_tokens_required: true }),
    });
  }
  const subject = await subjectOf(request, server);
  if (subject === undefined) {
    return answer(
      401,
      { error: 'invalid_token' },
      { 'www-authenticate': `${server.strict ? 'DPoP' : 'Bearer'} resource_metadata="${metadataUrl}"` },
    );
  }
  if (request.method !== 'POST') return answer(405);
  const message = JSON.parse(await text(request)) as { id?: number; method: string };
  if (message.id === undefined) return answer(202);
  const result = results(subject)[message.method];
  if (result === undefined) {
    return answer(200, {
      jsonrpc: '2.0',
      id: message.id,
      error: { code: -32601, message: 'Method not found' },
    });
  }
  return answer(200, { jsonrpc: '2.0', id: message.id, result });
}

function results(subject: string): Readonly<Record<string, unknown>> {
  return {
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'certified', version: '1' },
    },
    'tools/list': { tools: [{ name: 'whoami', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: subject }] },
  };
}

async function subjectOf(
  { headers, method }: IncomingMessage,
  { keys, issuer, url, strict }: Protected,
): Promise<string | undefined> {
  const [scheme, token = ''] = (headers.authorization ?? '').split(' ');
  if (scheme !== (strict ? 'DPoP' : 'Bearer')) return undefined;
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience: url, clockTolerance: 0 });
    const { jkt } = (payload['cnf'] ?? {}) as { jkt?: string };
    if (!strict) return jkt === undefined ? payload.sub : undefined;
    const proof = await jwtVerify(String(headers['dpop']), EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: 60 });
    const ath = createHash('sha256').update(token).digest('base64url');
    const { jwk } = proof.protectedHeader as { jwk?: JWK };
    const isOurs = jkt === (await calculateJwkThumbprint(jwk ?? {}));
    const isThis =
      proof.payload['htm'] === method && proof.payload['htu'] === url && proof.payload['ath'] === ath;
    return isOurs && isThis ? payload.sub : undefined;
  } catch {
    return undefined;
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
