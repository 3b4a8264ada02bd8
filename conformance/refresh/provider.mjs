/*
 * A protected MCP server and its authorization server on one loopback origin, which note everything that they are asked. A
 * scenario says how they behave; its checks read the notes.
 */
import { createServer } from 'node:http';

const SCOPES = ['notes', 'offline_access'];
/** Bytes of a request's body. */
const LIMIT = 1024 * 1024;

/**
 * @typedef {object} Behaviour
 * @property {number} [lifetimeS] seconds that an access token lives; 3,600 when absent
 * @property {boolean} [rotates] each refresh answers with a new refresh token, and a spent one that is presented again ends
 *   the whole grant (RFC 9700 section 4.14.2)
 * @property {string} [refreshedScope] what the answer to a refresh says was granted
 * @property {(nth: number) => undefined | 'cut' | 'lost' | { status: number, headers?: object, error: string }} [refresh]
 *   what befalls the nth refresh after the first call: `cut` before it is worked on, `lost` after the token was spent
 * @property {number} [refuseCall] the nth call is refused although its token lives; counted from 1
 * @property {number} [revokeAt] with the nth call every token of the grant is worth nothing
 */

/** Starts one; its notes are in `log`, in order. */
export async function startProvider(behaviour) {
  const { lifetimeS = 3_600, rotates = false } = behaviour;
  const log = [];
  const clients = new Set();
  const codes = new Map();
  const accessTokens = new Map();
  const refreshTokens = new Map();
  let made = 0;
  let refreshed = 0;
  let called = 0;
  const next = (kind) => `${kind}-${(made += 1)}`;

  const issue = (grant, more) => {
    const access = next('access');
    accessTokens.set(access, { grant, endsMs: Date.now() + lifetimeS * 1000 });
    return { access_token: access, token_type: 'Bearer', expires_in: lifetimeS, ...more };
  };
  const newRefreshToken = (grant) => {
    const token = next('refresh');
    refreshTokens.set(token, { grant, spent: false, allowedAgain: false });
    return token;
  };

  const redeemCode = (form, note) => {
    const grant = codes.get(form.get('code'));
    codes.delete(form.get('code'));
    if (grant === undefined) return refusal(note, 'invalid_grant');
    note.outcome = 'issued';
    return { body: issue(grant, { refresh_token: newRefreshToken(grant), scope: grant.scope }) };
  };

  const refresh = (form, note) => {
    const token = form.get('refresh_token');
    // On a slow machine a short life may be over before the first call.
    note.early = called === 0;
    if (!note.early) refreshed += 1;
    const fate = note.early ? undefined : behaviour.refresh?.(refreshed);
    if (fate === 'cut') return { cut: true, ...noteOutcome(note, 'cut') };
    if (typeof fate === 'object') {
      note.outcome = fate.error;
      return { status: fate.status, headers: fate.headers, body: { error: fate.error } };
    }
    const known = refreshTokens.get(token);
    if (known === undefined || known.grant.over) return refusal(note, 'invalid_grant');
    if (known.spent && !known.allowedAgain) {
      known.grant.over = true;
      return refusal(note, 'invalid_grant');
    }
    known.spent = rotates;
    // Who has not got the answer may ask once more (the grace of many providers).
    known.allowedAgain = fate === 'lost';
    const { refreshedScope = known.grant.scope } = behaviour;
    const body = issue(known.grant, {
      scope: refreshedScope,
      ...(rotates && { refresh_token: newRefreshToken(known.grant) }),
    });
    if (fate === 'lost') return { cut: true, ...noteOutcome(note, 'lost') };
    note.outcome = 'issued';
    note.issued = body.refresh_token;
    return { body };
  };

  const token = (form) => {
    const type = form.get('grant_type');
    const note = {
      at: Date.now(),
      what: type === 'refresh_token' ? 'refresh' : 'code',
      token: form.get('refresh_token') ?? undefined,
      client: form.get('client_id') ?? undefined,
      resources: form.getAll('resource'),
      scope: form.get('scope') ?? undefined,
    };
    log.push(note);
    if (!clients.has(note.client)) return refusal(note, 'invalid_client', 401);
    return type === 'refresh_token' ? refresh(form, note) : redeemCode(form, note);
  };

  const authorize = (query) => {
    const clientId = query.get('client_id');
    log.push({ at: Date.now(), what: 'authorize', scope: query.get('scope') ?? undefined });
    if (!clients.has(clientId)) return { status: 400, body: { error: 'invalid_client' } };
    const code = next('code');
    codes.set(code, { scope: query.get('scope') ?? SCOPES[0], over: false });
    const answer = new URL(query.get('redirect_uri'));
    for (const [name, value] of Object.entries({ code, state: query.get('state'), iss: origin })) {
      if (value !== null) answer.searchParams.set(name, value);
    }
    return { status: 302, headers: { location: answer.href } };
  };

  const register = (metadata) => {
    const id = next('client');
    clients.add(id);
    log.push({ at: Date.now(), what: 'register' });
    return { status: 201, body: { ...metadata, client_id: id, token_endpoint_auth_method: 'none' } };
  };

  const message = ({ id, method, params }, authorization) => {
    const presented = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    const known = accessTokens.get(presented);
    const isCall = method === 'tools/call';
    const note = { at: Date.now(), what: isCall ? 'call' : 'request', token: presented };
    log.push(note);
    const lives = known !== undefined && !known.grant.over && !known.refused && Date.now() < known.endsMs;
    if (isCall && lives) {
      called += 1;
      if (called === behaviour.refuseCall) known.refused = true;
      if (called === behaviour.revokeAt) known.grant.over = true;
    }
    if (!lives || known.refused || known.grant.over) {
      note.outcome = 'refused';
      const reason = presented === undefined ? '' : ', error="invalid_token"';
      const challenge = `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"${reason}`;
      return { status: 401, headers: { 'www-authenticate': challenge }, body: { error: 'invalid_token' } };
    }
    note.outcome = 'accepted';
    if (id === undefined) return { status: 202 };
    return { body: { jsonrpc: '2.0', id, ...answerTo(method, params) } };
  };

  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const url = new URL(request.url, origin);
      const answer = route(request, url, text) ?? { status: 404, body: { error: 'not_found' } };
      if (answer.cut) return request.socket.destroy();
      response.writeHead(answer.status ?? 200, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        ...answer.headers,
      });
      return response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    });
  });
  const route = ({ method, headers }, { pathname, searchParams }, text) => {
    switch (`${method} ${pathname}`) {
      case 'GET /.well-known/oauth-protected-resource/mcp':
        return {
          body: { resource: `${origin}/mcp`, authorization_servers: [origin], scopes_supported: SCOPES },
        };
      case 'GET /.well-known/oauth-authorization-server':
        return { body: serverMetadata(origin) };
      case 'POST /register':
        return register(JSON.parse(text));
      case 'GET /authorize':
        return authorize(searchParams);
      case 'POST /token':
        return token(new URLSearchParams(text));
      case 'POST /mcp':
        return message(JSON.parse(text), headers.authorization);
      case 'GET /mcp':
      case 'DELETE /mcp':
        return { status: 405 };
      default:
        return undefined;
    }
  };
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    serverUrl: `${origin}/mcp`,
    log,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function noteOutcome(note, outcome) {
  note.outcome = outcome;
  return {};
}

function refusal(note, error, status = 400) {
  note.outcome = error;
  return { status, body: { error } };
}

function serverMetadata(origin) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    scopes_supported: SCOPES,
  };
}

function answerTo(method, params) {
  switch (method) {
    case 'initialize':
      return {
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'refresh-exam', version: '1' },
        },
      };
    case 'tools/list':
      return { result: { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] } };
    case 'tools/call':
      return { result: { content: [{ type: 'text', text: 'hello' }] } };
    case 'ping':
      return { result: {} };
    default:
      return { error: { code: -32_601, message: 'Method not found' } };
  }
}

async function readBody(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > LIMIT) break;
  }
  return text;
}
