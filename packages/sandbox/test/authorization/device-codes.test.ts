import { expect, test } from 'vitest';
import { metadataOf, postForm, register } from '../support/oauth.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

test('a code is asked for at its interval, good once, and given to clients that are registered for it', async () => {
  const sandbox = await start('device');
  const endpoints = await metadataOf(sandbox);
  const ask = endpoints['device_authorization_endpoint'] ?? '';
  const other = String((await register(sandbox)).json['client_id']);
  expect(await postForm(ask, { client_id: other })).toMatchObject({ json: { error: 'unauthorized_client' } });
  const device = { grant_types: [GRANT, 'refresh_token'], response_types: [], redirect_uris: undefined };
  const client = String((await register(sandbox, device)).json['client_id']);
  const wrong = { client_id: client, resource: 'https://other.example/' };
  expect(await postForm(ask, wrong)).toMatchObject({ json: { error: 'invalid_target' } });

  const { json } = await postForm(ask, { client_id: client, resource: sandbox.resource });
  const poll = (clientId = client) =>
    postForm(endpoints['token_endpoint'] ?? '', {
      grant_type: GRANT,
      client_id: clientId,
      device_code: String(json['device_code']),
    });
  const said = async (...one: Parameters<typeof poll>) => (await poll(...one)).json['error'];
  expect(await said()).toBe('slow_down');
  expect(await said(other)).toBe('invalid_grant');
  await sandbox.user().open(String(json['verification_uri_complete']));
  sandbox.advanceClock(10);
  expect((await poll()).json['token_type']).toBe('Bearer');
  expect(await said()).toBe('invalid_grant');
  expect((await fetch(String(json['verification_uri_complete']))).status).toBe(400);
});
