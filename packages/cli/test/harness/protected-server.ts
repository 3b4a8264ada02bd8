import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { messageFor, sendJson } from '../odd-servers/odd-server.js';

/* An MCP server that wants a sign-in, and authorization servers that it may name: each on an origin of its own, each telling
   what it received. For what no simulated provider does. */

export interface Received {
  readonly http: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly form: URLSearchParams;
}

interface Listening {
  readonly origin: string;
  /** Everything that came, in order. */
  readonly received: readonly Received[];
  /** What came for a path. */
  at(path: string): readonly Received[];
}

type Answer = (one: Received, response: ServerResponse) => void;

async function listen(answer: Answer): Promise<Listening> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const body = Buffer.concat(chunks as Buffer[]).toString();
      const url = new URL(request.url ?? '/', 'http://here');
      const isForm = request.headers['content-type']?.includes('form') === true;
      const one: Received = {
        http: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body,
        form: new URLSearchParams(isForm ? body : ''),
      };
      received.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    at: (path) => received.filter((one) => one.path === path),
  };
}

export interface AuthorizationServerLog extends Listening {
  /** Everything that it was told, for a look whether a secret is in it. */
  said(): string;
  /** Members that the next token answers have beside the token. */
  tokens(members: object): void;
}

/** Consents at once to whoever comes, and issues `NAME-1`, `NAME-2`, … */
export async function startAuthorizationServer(name = 'at'): Promise<AuthorizationServerLog> {
  let issued = 0;
  let codes = 0;
  let members: object = { expires_in: 3600 };
  const server = await listen((one, response) => {
    const { origin } = server;
    if (one.path === '/.well-known/oauth-authorization-server') {
      return sendJson(response, {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        revocation_endpoint: `${origin}/revoke`,
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      });
    }
    if (one.path === '/register') {
      response.writeHead(201, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ client_id: `registered-${name}` }));
    }
    if (one.path === '/authorize') {
      const back = new URL(one.query.get('redirect_uri') ?? '');
      back.searchParams.set('code', `code-${(codes += 1)}`);
      back.searchParams.set('state', one.query.get('state') ?? '');
      return void response.writeHead(302, { location: back.href }).end();
    }
    if (one.path === '/token') {
      issued += 1;
      return sendJson(response, {
        access_token: `${name}-${issued}`,
        token_type: 'Bearer',
        refresh_token: `${name}-refresh-${issued}`,
        ...members,
      });
    }
    response.writeHead(one.path === '/revoke' ? 200 : 404).end();
  });
  return {
    ...server,
    said: () =>
      server.received
        .map(({ headers, body, query }) => {
          const basic = headers.authorization?.startsWith('Basic ') === true ? headers.authorization : '';
          return [basic, Buffer.from(basic.slice(6), 'base64').toString(), body, query.toString()].join('\n');
        })
        .join('\n'),
    tokens(more) {
      members = more;
    },
  };
}

export interface ProtectedServer extends Listening {
  readonly url: string;
  /** The tokens that came with messages, in order. */
  tokens(): readonly string[];
  /** Names another authorization server from now on. */
  name(issuer: string): void;
}

export interface ProtectedServerOptions {
  readonly issuer: string;
  /** Answers what it wants to, by returning something else than undefined; asked only where a token came. */
  readonly odd?: (one: Received, response: ServerResponse) => unknown;
  /** False for a server that hands out no sessions. */
  readonly sessions?: boolean;
  /** The `resource` of its metadata; its own URL when absent. */
  readonly resource?: string;
}

/** A server of 2025-11-25 with sessions, unless told otherwise, and one tool, `t`, that lets in whoever brings a token. */
export async function startProtectedServer(options: ProtectedServerOptions): Promise<ProtectedServer> {
  let { issuer } = options;
  const server = await listen((one, response) => {
    const { origin } = server;
    if (one.path === '/.well-known/oauth-protected-resource/mcp') {
      return sendJson(response, {
        resource: options.resource ?? `${origin}/mcp`,
        authorization_servers: [issuer],
      });
    }
    if (one.path !== '/mcp') return void response.writeHead(404).end();
    if (one.headers.authorization === undefined) {
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
      return void response
        .writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` })
        .end();
    }
    if (options.odd?.(one, response) !== undefined) return;
    if (one.http === 'DELETE') return void response.writeHead(204).end();
    if (one.http !== 'POST') return void response.writeHead(405).end();
    const { method = '', id } = JSON.parse(one.body) as { method?: string; id?: unknown };
    if (id === undefined) return void response.writeHead(202).end();
    if (method === 'server/discover') return void response.writeHead(400).end('no such method');
    sendJson(
      response,
      messageFor(method, id),
      method === 'initialize' && options.sessions !== false ? { 'mcp-session-id': 's1' } : {},
    );
  });
  return {
    ...server,
    url: `${server.origin}/mcp`,
    tokens: () =>
      server.at('/mcp').map(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? 'none'),
    name(other) {
      issuer = other;
    },
  };
}
