import type { JSONWebKeySet } from 'jose';
import type { Client } from './grant.js';

/** How client ID metadata documents are treated (draft-ietf-oauth-client-id-metadata-document). */
export interface ClientDocumentQuirks {
  /** `token-refuses`: advertised and shown at consent, but the token endpoint does not know the client. */
  readonly clientDocuments: 'off' | 'on' | 'token-refuses';
}

const LIMIT_MS = 3000;

/** Whether a client ID is the address of a document. Plain http only on loopback. */
export function isClientDocument(clientId: string): boolean {
  if (!URL.canParse(clientId)) return false;
  const url = new URL(clientId);
  const loopback = ['127.0.0.1', 'localhost'].includes(url.hostname);
  return (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) && url.pathname !== '/';
}

/** A document for a client on loopback, for those who have none to show. */
export function exampleDocument(url: string): Record<string, unknown> {
  return {
    client_id: url,
    client_name: 'Sandbox example client',
    redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  };
}

/** A document with keys is one of a client that proves itself (section 6.2); they may be at another address. */
async function proofOf(document: Record<string, unknown>): Promise<Pick<Client, 'authMethod' | 'keys'>> {
  if (document['token_endpoint_auth_method'] !== 'private_key_jwt') return { authMethod: 'none' };
  const named = document['jwks_uri'];
  const keys =
    typeof named === 'string'
      ? await (await fetch(named, { redirect: 'error', signal: AbortSignal.timeout(LIMIT_MS) })).json()
      : document['jwks'];
  return { authMethod: 'private_key_jwt', keys: keys as JSONWebKeySet };
}

/** Fetches the document; undefined when it is missing or does not belong to its address (section 4.1). */
export async function fetchClientDocument(clientId: string): Promise<Client | undefined> {
  try {
    const answer = await fetch(clientId, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (!answer.ok) return undefined;
    const document = (await answer.json()) as Record<string, unknown> | null;
    const redirectUris = document?.['redirect_uris'] ?? [];
    if (document?.['client_id'] !== clientId || !Array.isArray(redirectUris)) return undefined;
    return {
      id: clientId,
      name: String(document['client_name'] ?? clientId),
      redirectUris: redirectUris.map(String),
      ...(await proofOf(document)),
      ...(typeof document['scope'] === 'string' && { scope: document['scope'] }),
    };
  } catch {
    return undefined;
  }
}
