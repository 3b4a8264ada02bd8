import type { JsonObject } from '../json-object.js';
import { isUnattended } from '../server/grant-type.js';
import type { ServerSettings } from '../server/settings.js';

/**
 * The document of a client whose name is its address (draft-ietf-oauth-client-id-metadata-document section 4; RFC 7591 section
 * 2), for whoever hosts it there. `key` is the public half of the client's key, where it has one.
 */
export function clientDocument(
  { clientMetadataUrl, clientName = 'mcpass', grant, redirect, scopes }: ServerSettings,
  key: JsonObject | undefined,
): JsonObject {
  const unattended = isUnattended({ grant });
  return {
    client_id: clientMetadataUrl,
    client_name: clientName,
    ...(!unattended && { application_type: 'native', redirect_uris: redirectUris(redirect) }),
    grant_types: unattended ? [GRANT_TYPES[grant ?? '']] : ['authorization_code', 'refresh_token'],
    response_types: unattended ? [] : ['code'],
    token_endpoint_auth_method: key === undefined ? 'none' : 'private_key_jwt',
    ...(key !== undefined && { token_endpoint_auth_signing_alg: key['alg'], jwks: { keys: [key] } }),
    ...(scopes !== undefined && scopes.length > 0 && { scope: scopes.join(' ') }),
  };
}

const GRANT_TYPES: Readonly<Record<string, string>> = {
  client_credentials: 'client_credentials',
  jwt_bearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
};

/** Without a port where none is fixed: on loopback any will do (RFC 8252 section 7.3). */
function redirectUris({
  url,
  host,
  port,
  path = '/callback',
}: ServerSettings['redirect'] & object = {}): string[] {
  if (url !== undefined) return [url];
  const hosts = host === undefined ? ['127.0.0.1', 'localhost'] : [host];
  return hosts.map((one) => `http://${one}${port === undefined ? '' : `:${port}`}${path}`);
}
