import { expect, test } from 'vitest';

import {
  type Authorizer,
  createAuthorizer,
  createMemoryStore,
  NEW_EXCHANGE,
  Secret,
} from '../../src/index.js';
import { failure, systemClock } from '../support/client.js';
import { provider } from '../support/sandbox.js';

/* A server that works for many people: each request is made for the one whose token is at hand. */

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

async function agentOf(actingFor: () => Promise<string>) {
  const sandbox = await provider('machine', { grantTypes: [EXCHANGE] });
  const store = createMemoryStore();
  const authorizer: Authorizer = createAuthorizer({
    settings: {
      url: sandbox.url,
      client: { id: 'sandbox-machine', secret: async () => new Secret('sandbox-secret') },
    },
    subject: async () => new Secret(await actingFor()),
    ports: {
      fetch: globalThis.fetch,
      clock: systemClock,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      store,
      observe: () => undefined,
    },
  });
  const whoami = async () => {
    const response = await authorizer.fetch(sandbox.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'whoami', arguments: {} },
      }),
    });
    return response.text();
  };
  return { sandbox, store, authorizer, whoami };
}

test('each acts under their own name, a token is exchanged once, and none is written where two meet', async () => {
  let current = '';
  const { sandbox, store, authorizer, whoami } = await agentOf(async () => current);
  const ada = await sandbox.workloadToken({ subject: 'ada' });
  const grace = await sandbox.workloadToken({ subject: 'grace' });
  for (const [token, name, other] of [
    [ada, 'ada', 'grace'],
    [grace, 'grace', 'ada'],
    [ada, 'ada', 'grace'],
  ] as const) {
    current = token;
    const said = await whoami();
    expect(said).toContain(name);
    expect(said).not.toContain(other);
  }
  const forms = sandbox.log.of('token').map(({ form }) => form);
  expect(forms.map((form) => form.get('subject_token'))).toEqual([ada, grace]);
  expect(Object.fromEntries(forms[0] ?? [])).toMatchObject({
    grant_type: EXCHANGE,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource: sandbox.resource,
  });
  expect(await store.list()).toEqual([]);

  // The answer belongs to whoever made the request, whoever is at hand when it comes.
  current = ada;
  const { exchange } = await authorizer.headersFor(new URL(sandbox.url), NEW_EXCHANGE, 'POST');
  sandbox.revokeAccessTokens();
  current = grace;
  const verdict = await authorizer.verdictOn(exchange, { status: 401, headers: new Headers() });
  if (verdict.action !== 'resend') throw new Error(verdict.action);
  const again = await authorizer.headersFor(new URL(sandbox.url), verdict.exchange, 'POST');
  expect(sandbox.log.of('token').at(-1)?.form.get('subject_token')).toBe(ada);
  current = ada;
  expect(again.headers['authorization']).toContain((await authorizer.accessToken()).token.reveal());
  await authorizer.signOut();
  expect(sandbox.log.of('revoke')).toHaveLength(1);
});

test('twenty requests at once exchange once, and a token that is no good is told and not tried again', async () => {
  let current = '';
  const { sandbox, authorizer, whoami } = await agentOf(async () => current);
  current = await sandbox.workloadToken({ subject: 'ada' });
  sandbox.fault('token', { delay: 100 });
  await Promise.all(Array.from({ length: 20 }, whoami));
  expect(sandbox.log.of('token')).toHaveLength(1);

  current = await sandbox.workloadToken({ subject: 'ada', expiresInS: -60 });
  const error = await failure(authorizer.accessToken());
  expect(error).toMatchObject({ code: 'login_refused', step: 'token' });
  expect(error.message).toContain('it has expired');
  expect(error.message).not.toContain(current);
  expect((await failure(whoami())).code).toBe('login_refused');
  expect(sandbox.log.of('token')).toHaveLength(2);
});
