import type { AuthorizationServer } from 'oauth4webapi';
import { describe, expect, test } from 'vitest';

import { isMcpassError, Secret } from '../../src/index.js';
import {
  chooseAuthMethod,
  clientAuthentication,
  clientProof,
  otherAuthMethod,
} from '../../src/oauth/client-authentication.js';
import type { AuthMethod, Client } from '../../src/index.js';

const SERVER: AuthorizationServer = { issuer: 'https://as.example' };

async function sent(method: AuthMethod, id: string, secret?: string) {
  const body = new URLSearchParams();
  const headers = new Headers();
  const proof = secret === undefined ? undefined : { secret: new Secret(secret) };
  const authenticate = clientAuthentication(method, proof, Date.now());
  await authenticate(SERVER, { client_id: id }, body, headers);
  return { authorization: headers.get('authorization'), body: Object.fromEntries(body) };
}

describe('exactly one way to authenticate in a request', () => {
  test('none: the id in the body, no header', async () => {
    expect(await sent('none', 'id')).toEqual({ authorization: null, body: { client_id: 'id' } });
    expect(await sent('none', 'id', 'secret')).toEqual({ authorization: null, body: { client_id: 'id' } });
  });

  test('client_secret_post: both in the body, no header', async () => {
    expect(await sent('client_secret_post', 'id', 's:/+&=')).toEqual({
      authorization: null,
      body: { client_id: 'id', client_secret: 's:/+&=' },
    });
  });

  test('client_secret_basic: both in the header, form-encoded, nothing in the body', async () => {
    const { authorization, body } = await sent('client_secret_basic', 'a:b c', 'p%ss+wörd&/');
    expect(body).toEqual({});
    // RFC 6749 appendix B.
    expect(atob(authorization?.replace('Basic ', '') ?? '')).toBe('a%3Ab+c:p%25ss%2Bw%C3%B6rd%26%2F');
  });
});

describe('the choice of the method', () => {
  test.each([
    [undefined, true, 'client_secret_basic'],
    [undefined, false, 'none'],
    [['client_secret_post'], true, 'client_secret_post'],
    [['client_secret_post', 'client_secret_basic'], true, 'client_secret_basic'],
    [['private_key_jwt'], true, 'client_secret_basic'],
    [['none'], true, 'client_secret_basic'],
    [['client_secret_basic'], false, 'none'],
    [[], true, 'client_secret_basic'],
  ] as const)('%j with a secret: %s → %s', (supported, hasSecret, method) => {
    expect(chooseAuthMethod(supported, hasSecret)).toBe(method);
  });

  test('the other one', () => {
    expect(otherAuthMethod('client_secret_basic')).toBe('client_secret_post');
    expect(otherAuthMethod('client_secret_post')).toBe('client_secret_basic');
    expect(otherAuthMethod('none')).toBeUndefined();
  });
});

describe('the secret of a client', () => {
  const client: Client = {
    id: 'id',
    issuer: 'https://as.example',
    origin: 'configured',
    authMethod: 'client_secret_basic',
    redirectUri: 'http://127.0.0.1/callback',
  };
  const configured = (id: string) => ({ id, secret: async () => new Secret('configured') });

  test('is asked for only when it is needed', async () => {
    const secret = () => {
      throw new Error('nobody needs it');
    };
    expect(
      await clientProof({ ...client, authMethod: 'none' }, { client: { id: 'id', secret } }),
    ).toBeUndefined();
    const registered = { ...client, secret: new Secret('registered') };
    expect(await clientProof(registered, { client: { id: 'id', secret } })).toEqual({
      secret: registered.secret,
    });
  });

  test('of the configuration goes with the client of the configuration only', async () => {
    const proof = await clientProof(client, { client: configured('id') });
    expect(proof && 'secret' in proof && proof.secret.reveal()).toBe('configured');
    await expect(clientProof(client, { client: configured('another') })).rejects.toMatchObject({
      code: 'client_needed',
    });
  });

  test('missing: the message quotes an id that somebody else chose', async () => {
    const error = await clientProof({ ...client, id: '\u001b[2Jid' }, {}).catch((thrown: unknown) => thrown);
    expect(isMcpassError(error) && error.message).toBe(
      'The client "[2Jid" needs its secret, and none is configured.',
    );
  });
});
