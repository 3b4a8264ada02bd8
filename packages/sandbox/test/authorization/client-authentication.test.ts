import { describe, expect, test } from 'vitest';
import type { AuthMethod, Sandbox, SandboxOptions } from '../../src/index.js';
import { signIn, type Answer, type Parameters } from '../support/oauth.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

const ID = 'an id:with %40';
const SECRET = 'p+ss wörd&%';

function clientOf(authMethod: AuthMethod, id = ID): SandboxOptions {
  return {
    staticClients: [
      { id, secret: SECRET, name: 'static', authMethod, redirectUris: ['http://127.0.0.1/callback'] },
    ],
  };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function basic(id: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

async function exchange(
  sandbox: Sandbox,
  form: Parameters,
  headers?: Record<string, string>,
): Promise<Answer> {
  return (await signIn(sandbox, { clientId: form['client_id'] ?? ID })).exchange(form, headers);
}

const CREDENTIALS: Record<Exclude<AuthMethod, 'private_key_jwt'>, [Parameters, Record<string, string>?]> = {
  none: [{}],
  client_secret_post: [{ client_secret: SECRET }],
  client_secret_basic: [{ client_id: undefined }, basic(formEncoded(ID), formEncoded(SECRET))],
};

describe('exactly as it is registered', () => {
  for (const registered of Object.keys(CREDENTIALS) as AuthMethod[]) {
    for (const [used, [form, headers]] of Object.entries(CREDENTIALS)) {
      test(`${registered}, with ${used}`, async () => {
        const flow = await signIn(await start('plain', clientOf(registered)), { clientId: ID });
        const answer = await flow.exchange(form, headers);
        expect([answer.status, answer.json['error']]).toEqual(
          used === registered ? [200, undefined] : [401, 'invalid_client'],
        );
        if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toContain('Basic');
      });
    }
  }
});

test('a wrong secret, and an unknown client', async () => {
  const sandbox = await start('plain', clientOf('client_secret_post'));
  const flow = await signIn(sandbox, { clientId: ID });
  expect((await flow.exchange({ client_secret: 'wrong' })).status).toBe(401);
  expect((await flow.exchange({ client_id: 'nobody', client_secret: SECRET })).status).toBe(401);
  expect((await flow.exchange({ client_id: undefined })).json).toMatchObject({ error: 'invalid_request' });
});

test('two methods at once', async () => {
  const sandbox = await start('plain', clientOf('client_secret_basic'));
  const answer = await exchange(
    sandbox,
    { client_secret: SECRET },
    basic(formEncoded(ID), formEncoded(SECRET)),
  );
  expect(answer.json).toMatchObject({
    error: 'invalid_request',
    error_description: 'Client must not use multiple authentication methods',
  });
});

test('a Basic header read raw, as many servers do', async () => {
  const sandbox = await start('plain', {
    ...clientOf('client_secret_basic', 'simple'),
    basicCredentials: 'raw',
  });
  const flow = await signIn(sandbox, { clientId: 'simple' });
  expect((await flow.exchange({ client_id: undefined }, basic('simple', formEncoded(SECRET)))).status).toBe(
    401,
  );
  expect((await flow.exchange({ client_id: undefined }, basic('simple', SECRET))).status).toBe(200);
});

test('client_id in the body beside a Basic header: allowed, sometimes wanted, never another one', async () => {
  const header = basic(formEncoded(ID), formEncoded(SECRET));
  const flow = await signIn(await start('plain', clientOf('client_secret_basic')), { clientId: ID });
  expect((await flow.exchange({ client_id: 'other' }, header)).json).toMatchObject({
    error: 'invalid_request',
  });
  expect((await flow.exchange({}, header)).status).toBe(200);
  const wanting = await start('plain', { ...clientOf('client_secret_basic'), clientIdInBody: true });
  const second = await signIn(wanting, { clientId: ID });
  expect((await second.exchange({ client_id: undefined }, header)).json).toMatchObject({
    error: 'invalid_request',
  });
  expect((await second.exchange({}, header)).status).toBe(200);
});
