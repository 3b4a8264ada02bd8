import { QUIRKS } from '@mcpass/sandbox';
import { expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';

/** What a sign-in at each attacker comes to. None of them gets a token, a code, or something opened that is no page. */
const COMES_TO: Readonly<Record<string, string>> = {
  'hostile-scheme': 'endpoint_unsafe',
  'hostile-file': 'endpoint_unsafe',
  'hostile-private': 'endpoint_unsafe',
  'hostile-private-server': 'endpoint_unsafe',
  'hostile-private-name': 'dns_failed',
  'hostile-redirect': 'endpoint_unsafe',
  'hostile-307': 'redirect_refused',
  'hostile-endless': 'redirect_refused',
  'hostile-resource': 'resource_mismatch',
  'hostile-iss': 'authorization_invalid',
  'hostile-issuer': 'issuer_mismatch',
  // Nobody of that name is there to be sent anything.
  'hostile-token-endpoint': 'dns_failed',
  'hostile-http': 'endpoint_unsafe',
  'hostile-markup': 'login_refused',
  'hostile-terminal': 'login_refused',
  'hostile-words': 'login_refused',
  'hostile-oversize': 'answer_too_large',
};

/** Where the address of the page is an address after all: it is opened as one, and as nothing else. */
const OPENED = ['hostile-shell', 'hostile-expansion', 'hostile-length'];
/** Deadlines (limits.test.ts), what a person is shown before it is opened (scopes.test.ts), and calls. */
const ELSEWHERE = ['hostile-drip', 'hostile-scopes', 'hostile-call-redirect'];

test('every attacker of the sandbox is met here, or where it is a matter of something else', () => {
  const attackers = Object.keys(QUIRKS).filter((name) => name.startsWith('hostile-'));
  expect([...Object.keys(COMES_TO), ...OPENED, ...ELSEWHERE].sort()).toEqual(attackers.sort());
});

test.each(Object.entries(COMES_TO))('%s: %s', async (name, code) => {
  const sandbox = await provider('plain', { with: [name] });
  const refused = await failure(clientOf(sandbox).authorizer.signIn());
  expect(refused.code).toBe(code);
  // oxlint-disable-next-line no-control-regex -- it is them that must not get through
  expect(refused.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  const taken = sandbox.log.of('token').filter(({ status }) => status === 200);
  expect(taken).toEqual([]);
});

test.each(OPENED)('%s: what is opened is an https address, of one word', async (name) => {
  const opened: string[] = [];
  const sandbox = await provider('plain', { with: [name] });
  const visit = async (url: string): Promise<void> => {
    opened.push(url);
    throw new Error('seen enough');
  };
  await clientOf(sandbox, { visit })
    .authorizer.signIn()
    .catch(() => undefined);
  expect(opened).toHaveLength(1);
  expect(opened[0]).toMatch(/^https:\/\/as\.sandbox\.test\/[^\s"`<>\\]*$/);
});

test('hostile-call-redirect: the token goes nowhere', async () => {
  const client = await signedIn(await provider('plain', { with: ['hostile-call-redirect'] }));
  expect((await failure(call(client, 'tools/call', { name: 'whoami' }))).code).toBe('redirect_refused');
});
