import type { AuthMethod, Client } from '../authorization/grant.js';
import type { Quirks } from '../profile.js';

/** The client of those profiles where an app is made by hand; redirects to any loopback port at the usual paths. */
export const STATIC_CLIENT: Client = {
  id: 'sandbox-client',
  secret: 'sandbox-secret',
  name: 'Sandbox client',
  authMethod: 'client_secret_basic',
  redirectUris: ['127.0.0.1', 'localhost'].flatMap((host) =>
    ['/callback', '/oauth/callback', '/'].map((path) => `http://${host}${path}`),
  ),
};

/** No registration: that client, or one that differs in this, is the only one. */
export function noRegistration(own: Partial<Client> = {}): Partial<Quirks> {
  const client = { ...STATIC_CLIENT, ...own };
  const authMethods: readonly AuthMethod[] = [client.authMethod];
  return { registration: 'off', authMethods, staticClients: [client] };
}
