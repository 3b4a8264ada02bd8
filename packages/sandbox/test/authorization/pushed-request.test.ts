import { expect, test } from 'vitest';
import { metadataOf, postForm, register } from '../support/oauth.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

test('a pushed request is good once, for its client, and for a minute', async () => {
  const sandbox = await start('par-required');
  const endpoints = await metadataOf(sandbox);
  expect(endpoints).toMatchObject({ require_pushed_authorization_requests: true });
  const clientId = String((await register(sandbox)).json['client_id']);
  const par = endpoints['pushed_authorization_request_endpoint'] ?? '';
  const request = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: 'http://127.0.0.1:1234/callback',
    state: 'some-state',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
    resource: sandbox.resource,
  };
  expect(await postForm(par, { ...request, code_challenge: undefined })).toMatchObject({ status: 400 });
  expect(await postForm(par, { ...request, request_uri: 'urn:x' })).toMatchObject({ status: 400 });
  const push = async () => String((await postForm(par, request)).json['request_uri']);
  const open = async (parameters: Record<string, string>) => {
    const url = new URL(endpoints['authorization_endpoint'] ?? '');
    url.search = new URLSearchParams(parameters).toString();
    return (await fetch(url)).text();
  };
  const uri = await push();
  expect(await open(request)).toContain('has to be pushed first');
  expect(await open({ client_id: clientId, request_uri: uri })).toContain('Allow');
  expect(await open({ client_id: clientId, request_uri: uri })).toContain('used before');
  expect(await open({ client_id: 'other', request_uri: await push() })).toContain('another client');
  const late = await push();
  sandbox.advanceClock(61);
  expect(await open({ client_id: clientId, request_uri: late })).toContain('has expired');
});
