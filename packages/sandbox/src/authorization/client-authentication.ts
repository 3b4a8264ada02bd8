import { decodeJwt, type JSONWebKeySet } from 'jose';
import type { LoggedRequest } from '../http/request-log.js';
import { judgeAssertion, type SeenAssertions } from './client-assertion.js';
import type { ClientRegistry } from './client-registry.js';
import type { AuthMethod, Client } from './grant.js';
import { isRefusal, refuse, type OAuthError } from './oauth-error.js';

/** How a Basic header is read. */
export interface ClientAuthenticationQuirks {
  /** `form-decoded` is RFC 6749 section 2.3.1; `raw` is what many servers do. */
  readonly basicCredentials: 'form-decoded' | 'raw';
  /** Wants `client_id` in the body even beside a Basic header (FastMCP). */
  readonly clientIdInBody: boolean;
  /** Takes a code only from a web page: the redirect URI is registered as that of a single-page app (Entra). */
  readonly originRequired: boolean;
}

interface Credentials {
  readonly method: AuthMethod;
  readonly id: string;
  readonly secret?: string;
  readonly assertion?: string;
}

/** Finds out which client is asking, and that it proves so exactly as it is registered. */
export async function judgeClient(
  request: LoggedRequest,
  quirks: ClientAuthenticationQuirks,
  clients: ClientRegistry,
  assertions: AssertionSituation,
): Promise<Client | OAuthError> {
  const credentials = readCredentials(request, quirks);
  if (isRefusal(credentials)) return credentials;
  const client = await clients.recall(credentials.id);
  if (client === undefined) return refuse('invalid_client', 'client not found', 401);
  if (quirks.originRequired && request.headers['origin'] === undefined) {
    return refuse('invalid_request', 'only cross-origin requests are served');
  }
  if (credentials.method !== client.authMethod) {
    return refuse('invalid_client', `client is registered for ${client.authMethod}`, 401);
  }
  if (credentials.method === 'private_key_jwt') {
    return (await judgeClientAssertion(credentials.assertion ?? '', client, assertions)) ?? client;
  }
  if (client.authMethod !== 'none' && credentials.secret !== client.secret) {
    return refuse('invalid_client', 'wrong client secret', 401);
  }
  return client;
}

/** What client assertions are judged by. */
export interface AssertionSituation {
  readonly issuer: string;
  readonly nowS: number;
  readonly seen: SeenAssertions;
  /** The keys of a client that has none of its own. */
  readonly keys: JSONWebKeySet;
}

/** RFC 7523 section 3; the MCP extension wants the issuer as the audience. */
function judgeClientAssertion(
  assertion: string,
  client: Client,
  { issuer, nowS, seen, keys }: AssertionSituation,
): Promise<OAuthError | undefined> {
  return judgeAssertion(assertion, {
    what: 'client assertion',
    error: 'invalid_client',
    keys: client.keys ?? keys,
    audience: issuer,
    issuer: client.id,
    subject: client.id,
    nowS,
    lifeSeconds: 600,
    seen,
    once: true,
  });
}

/** RFC 6749 section 2.3: no more than one method in a request. */
function readCredentials(
  request: LoggedRequest,
  quirks: ClientAuthenticationQuirks,
): Credentials | OAuthError {
  const basic = /^basic +(.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  const secret = request.form.get('client_secret');
  const id = request.form.get('client_id');
  const assertion = request.form.get('client_assertion');
  if (assertion !== null) {
    if (basic !== undefined || secret !== null)
      return refuse('invalid_request', 'Client must not use multiple authentication methods');
    if (request.form.get('client_assertion_type') !== CLIENT_ASSERTION)
      return refuse('invalid_request', 'client_assertion_type is another one');
    // RFC 7521 section 4.2: the client is the subject, whether or not client_id repeats it.
    return { method: 'private_key_jwt', id: id ?? subjectOf(assertion), assertion };
  }
  if (basic !== undefined && secret !== null) {
    return refuse('invalid_request', 'Client must not use multiple authentication methods');
  }
  if (id === null && (basic === undefined || quirks.clientIdInBody)) {
    return refuse('invalid_request', 'client_id is missing');
  }
  if (basic === undefined) {
    return secret === null
      ? { method: 'none', id: id ?? '' }
      : { method: 'client_secret_post', id: id ?? '', secret };
  }
  const [name, password] = readBasic(basic, quirks.basicCredentials);
  if (id !== null && id !== name) return refuse('invalid_request', 'two different client ids');
  return { method: 'client_secret_basic', id: name, secret: password };
}

const CLIENT_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

function subjectOf(assertion: string): string {
  try {
    return decodeJwt(assertion).sub ?? '';
  } catch {
    return '';
  }
}

function readBasic(
  encoded: string,
  reading: ClientAuthenticationQuirks['basicCredentials'],
): [string, string] {
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  const parts: [string, string] = [pair.slice(0, colon), pair.slice(colon + 1)];
  return reading === 'raw' ? parts : [formDecode(parts[0]), formDecode(parts[1])];
}

function formDecode(text: string): string {
  return new URLSearchParams(`value=${text.replaceAll('&', '%26')}`).get('value') ?? '';
}
