import type { ClientAuth } from 'oauth4webapi';

import { McpassError } from '../errors.js';
import { quote } from '../text.js';
import type { Client } from '../credential/record.js';
import type { Secret } from '../secret.js';
import type { AuthMethod, ConfiguredClient } from '../server/settings.js';

const METHODS: ReadonlySet<unknown> = new Set<AuthMethod>([
  'none',
  'client_secret_basic',
  'client_secret_post',
]);

export function isAuthMethod(value: unknown): value is AuthMethod {
  return METHODS.has(value);
}

/**
 * How a client proves itself at the token endpoint. A client with a secret prefers the header (RFC 6749 section 2.3.1
 * wants it supported everywhere), one without has nothing to prove. Absent metadata means `client_secret_basic` (RFC
 * 8414 section 2).
 */
export function chooseAuthMethod(supported: readonly string[] | undefined, hasSecret: boolean): AuthMethod {
  const wished: readonly AuthMethod[] = hasSecret ? ['client_secret_basic', 'client_secret_post'] : ['none'];
  return wished.find((method) => supported?.includes(method) === true) ?? wished[0] ?? 'none';
}

/** The other way to send the same secret, for a server whose metadata is wrong about its own habits. */
export function otherAuthMethod(method: AuthMethod): AuthMethod | undefined {
  if (method === 'client_secret_basic') return 'client_secret_post';
  if (method === 'client_secret_post') return 'client_secret_basic';
  return undefined;
}

/** The secret of a client: from its registration, or from wherever the person keeps it. */
export async function clientSecret(
  client: Client,
  configured: ConfiguredClient | undefined,
): Promise<Secret | undefined> {
  if (client.authMethod === 'none') return undefined;
  const found = client.secret ?? (configured?.id === client.id ? await configured.secret?.() : undefined);
  if (found !== undefined) return found;
  throw new McpassError(
    'client_needed',
    `The client ${quote(client.id)} needs its secret, and none is configured.`,
    {
      step: 'client',
      fault: 'yours',
      remedy: { do: 'configure', key: 'oauth.client_secret_env', value: '"NAME_OF_A_VARIABLE"' },
    },
  );
}

/** Exactly one way of authentication in each request (RFC 6749 section 2.3). */
export function clientAuthentication(method: AuthMethod, secret: Secret | undefined): ClientAuth {
  if (method === 'none' || secret === undefined) {
    return (_server, client, body) => void body.set('client_id', client.client_id);
  }
  if (method === 'client_secret_post') {
    return (_server, client, body) => {
      body.set('client_id', client.client_id);
      body.set('client_secret', secret.reveal());
    };
  }
  return (_server, client, _body, headers) => {
    const pair = `${formEncode(client.client_id)}:${formEncode(secret.reveal())}`;
    headers.set('authorization', `Basic ${btoa(pair)}`);
  };
}

/** RFC 6749 section 2.3.1 with appendix B: both halves are form-encoded, so that the pair is ASCII with one colon. */
function formEncode(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2);
}
