import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createAuthorizer, createPageUser, webPorts, type PageUserOptions } from '../../src/index.js';
import { failure } from '../support/client.js';
import { provider } from '../support/sandbox.js';

/* A program in a page or a worker: what the platform has, and a page of its own for the answer. */

/** The page that the browser is sent back to. */
async function callbackPage(): Promise<string> {
  const server = createServer((_, response) => response.end('<p>You can close this window.</p>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/signed-in`;
}

async function authorizerOf(url: string, visit: PageUserOptions['visit'], consentTimeoutMs = 60_000) {
  const user = createPageUser({ redirectUri: await callbackPage(), visit });
  const ports = webPorts({ user });
  return createAuthorizer({ settings: { url }, ports, signIn: 'when_needed', consentTimeoutMs });
}

test('signs in with what every platform has, and the answer that arrives at a page', async () => {
  const sandbox = await provider('plain');
  const { fetch, record } = await authorizerOf(
    sandbox.url,
    async (url) => (await sandbox.user('consents').open(url))?.url ?? '',
  );
  const response = await fetch(sandbox.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  });
  expect(response.status).not.toBe(401);
  await response.body?.cancel();
  expect((await record())?.grant?.client.redirectUri).toMatch(/\/signed-in$/);
});

test('an address that is not the answer to this sign-in is not redeemed', async () => {
  const sandbox = await provider('plain');
  const { signIn } = await authorizerOf(sandbox.url, () =>
    Promise.resolve('https://app.example.com/signed-in?code=stolen&state=of-somebody'),
  );
  const error = await failure(signIn());
  expect([error.code, error.step]).toEqual(['authorization_invalid', 'authorization']);
  expect(sandbox.log.of('token')).toEqual([]);
});

test('a person who does not come back ends the sign-in, and the page is told', async () => {
  const sandbox = await provider('plain');
  let told = false;
  const { signIn } = await authorizerOf(
    sandbox.url,
    (_, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          told = true;
        });
      }),
    20,
  );
  expect((await failure(signIn())).code).toBe('login_timeout');
  expect(told).toBe(true);
});

test('a program that gives up ends the sign-in at once', async () => {
  const sandbox = await provider('plain');
  const program = new AbortController();
  const { signIn } = await authorizerOf(sandbox.url, () => {
    program.abort();
    return new Promise(() => undefined);
  });
  expect((await failure(signIn({ signal: program.signal }))).code).toBe('interrupted');
});

test('a page of this machine may ask and read, and no other page', async () => {
  const sandbox = await provider('plain');
  const page = { origin: 'http://localhost:5173' };
  const question = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  const may = await fetch(sandbox.url, { method: 'OPTIONS', headers: { ...page, ...question } });
  expect(may.status).toBe(204);
  expect(may.headers.get('access-control-allow-origin')).toBe(page.origin);
  expect(may.headers.get('access-control-allow-headers')).toBe('authorization');
  const challenge = await fetch(sandbox.url, { method: 'POST', headers: page });
  expect(challenge.status).toBe(401);
  expect(challenge.headers.get('access-control-allow-origin')).toBe(page.origin);
  expect(challenge.headers.get('access-control-expose-headers')).toContain('www-authenticate');
  const elsewhere = await fetch(sandbox.url, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', ...question },
  });
  expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull();
});
