import { type ClientAuth, modifyAssertion, PrivateKeyJwt } from 'oauth4webapi';

import { McpassError } from '../errors.js';
import { quote } from '../text.js';
import type { Client } from '../credential/record.js';
import type { Secret } from '../secret.js';
import type { AuthMethod, ServerSettings } from '../server/settings.js';
import { type ClientKey, readClientKey } from './client-key.js';

const METHODS: ReadonlySet<unknown> = new Set<AuthMethod>([
  'none',
  'client_secret_basic',
  'client_secret_post',
]);

/** Whether it is a method of a client that mcpass registers: it has no key then. */
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

/** What a client proves itself with. */
export type ClientProof = { readonly secret: Secret } | { readonly key: ClientKey };

type Proving = Pick<ServerSettings, 'client' | 'clientKey' | 'places'>;

/** The secret of a client, from its registration or from wherever the person keeps it; or its key, as it is now. */
export async function clientProof(client: Client, settings: Proving): Promise<ClientProof | undefined> {
  if (client.authMethod === 'none') return undefined;
  if (client.authMethod === 'private_key_jwt') {
    const key = await readClientKey(settings);
    if (key !== undefined) return { key };
    throw proofMissing(client, 'its private key', 'oauth.private_key_file', '"the path of its PEM or JWK"');
  }
  const { client: configured } = settings;
  const secret = client.secret ?? (configured?.id === client.id ? await configured.secret?.() : undefined);
  if (secret !== undefined) return { secret };
  throw proofMissing(client, 'its secret', 'oauth.client_secret_env', '"NAME_OF_A_VARIABLE"');
}

function proofMissing({ id }: Client, what: string, key: string, value: string): McpassError {
  return new McpassError('client_needed', `The client ${quote(id)} needs ${what}, and none is configured.`, {
    step: 'client',
    fault: 'yours',
    remedy: { do: 'configure', key, value },
  });
}

/** Exactly one way of authentication in each request (RFC 6749 section 2.3). */
export function clientAuthentication(
  method: AuthMethod,
  proof: ClientProof | undefined,
  nowMs: number,
): ClientAuth {
  if (method === 'none' || proof === undefined) return nameOnly;
  if ('key' in proof) return signedAssertion(proof.key, nowMs);
  const { secret } = proof;
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

const nameOnly: ClientAuth = (_server, client, body) => {
  if (client.client_id !== NO_CLIENT) body.set('client_id', client.client_id);
};

/** oauth4webapi wants some name even where a request has none. */
export const NO_CLIENT = '-';

/** How long an assertion is good for, in seconds: for a slow way and clocks that do not quite agree. */
const ASSERTION_S = 180;

/** RFC 7523 sections 2.2 and 3. The audience is the issuer, as oauth4webapi has it, and so is the `jti`, a new one each time. */
function signedAssertion({ key, algorithm, id }: ClientKey, nowMs: number): ClientAuth {
  const nowS = Math.floor(nowMs / 1000);
  return PrivateKeyJwt(
    { key, ...(id !== undefined && { kid: id }) },
    {
      [modifyAssertion](header, payload) {
        // RFC 9864 has a newer name for EdDSA, which few servers know.
        header['alg'] = algorithm;
        // Without "not before": a clock that is a little fast is no reason to refuse it.
        delete payload['nbf'];
        payload['iat'] = nowS;
        payload['exp'] = nowS + ASSERTION_S;
      },
    },
  );
}

/** RFC 6749 section 2.3.1 with appendix B: both halves are form-encoded, so that the pair is ASCII with one colon. */
function formEncode(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2);
}
