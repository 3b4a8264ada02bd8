import type { LoggedRequest } from '../http/request-log.js';
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
}

/** Finds out which client is asking, and that it proves so exactly as it is registered. */
export async function judgeClient(
  request: LoggedRequest,
  quirks: ClientAuthenticationQuirks,
  clients: ClientRegistry,
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
  if (client.authMethod !== 'none' && credentials.secret !== client.secret) {
    return refuse('invalid_client', 'wrong client secret', 401);
  }
  return client;
}

/** RFC 6749 section 2.3: no more than one method in a request. */
function readCredentials(
  request: LoggedRequest,
  quirks: ClientAuthenticationQuirks,
): Credentials | OAuthError {
  const basic = /^basic +(.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  const secret = request.form.get('client_secret');
  const id = request.form.get('client_id');
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
