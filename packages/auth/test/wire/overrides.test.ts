import type { UnsafeOverrides } from '../../src/index.js';
import type { SandboxOptions } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider } from '../support/sandbox.js';

/* Each override: the server without it is refused, with it is not, and with another value is refused all the same. */

async function attempt(
  quirks: SandboxOptions,
  unsafe?: UnsafeOverrides | ((issuer: string) => UnsafeOverrides),
) {
  const sandbox = await provider('plain', quirks);
  const chosen = typeof unsafe === 'function' ? unsafe(sandbox.issuer) : unsafe;
  const client = clientOf(sandbox, chosen === undefined ? {} : { settings: { unsafe: chosen } });
  return { sandbox, client };
}

async function refusal(...parts: Parameters<typeof attempt>): Promise<string> {
  const { sandbox, client } = await attempt(...parts);
  const { code } = await failure(client.authorizer.signIn());
  expect(sandbox.log.of('token')).toEqual([]);
  return code;
}

async function accepted(...parts: Parameters<typeof attempt>) {
  const { sandbox, client } = await attempt(...parts);
  await client.authorizer.signIn();
  expect((await call(client)).status).toBe(200);
  return { sandbox, record: await client.record() };
}

const OTHER = 'https://id.example';

describe('unsafe.trustedIssuer', () => {
  const quirks: SandboxOptions = { metadataIssuer: OTHER, iss: OTHER };

  test('lets metadata through that is about that issuer', async () => {
    expect(await refusal(quirks)).toBe('issuer_mismatch');
    expect(await refusal(quirks, { trustedIssuer: `${OTHER}/` })).toBe('issuer_mismatch');
    const { record } = await accepted(quirks, { trustedIssuer: OTHER });
    // What is bound to the issuer is bound to the one that the server has.
    expect(record.grant.issuer).toBe(OTHER);
    expect(record.grant.client.issuer).toBe(OTHER);
  });

  test('does not let a callback through that names yet another', async () => {
    expect(await refusal({ ...quirks, iss: 'wrong' }, { trustedIssuer: OTHER })).toBe(
      'authorization_invalid',
    );
    expect(await refusal({ ...quirks, iss: 'right' }, { trustedIssuer: OTHER })).toBe(
      'authorization_invalid',
    );
  });

  test('does not excuse anything else', async () => {
    expect(await refusal({ ...quirks, pkceMethods: 'absent' }, { trustedIssuer: OTHER })).toBe(
      'pkce_unsupported',
    );
  });
});

describe('unsafe.trustedCallbackIssuer', () => {
  const quirks: SandboxOptions = { iss: OTHER as 'wrong' };

  test('lets an answer through that names that issuer', async () => {
    expect(await refusal(quirks)).toBe('authorization_invalid');
    expect(await refusal(quirks, { trustedCallbackIssuer: `${OTHER}/` })).toBe('authorization_invalid');
    const { record, sandbox } = await accepted(quirks, { trustedCallbackIssuer: OTHER });
    expect(record.grant.issuer).toBe(sandbox.issuer);
  });

  test('excuses neither metadata nor a missing one', async () => {
    expect(await refusal({ metadataIssuer: OTHER }, { trustedCallbackIssuer: OTHER })).toBe(
      'issuer_mismatch',
    );
    expect(await refusal({ iss: 'missing' }, { trustedCallbackIssuer: OTHER })).toBe('authorization_invalid');
  });
});

test('unsafe.allowMissingIss lets an answer through that names none, and no other', async () => {
  expect(await refusal({ iss: 'missing' })).toBe('authorization_invalid');
  await accepted({ iss: 'missing' }, { allowMissingIss: true });
  expect(await refusal({ iss: 'wrong' }, { allowMissingIss: true })).toBe('authorization_invalid');
  expect(await refusal({ iss: 'missing' }, { allowMissingIss: false })).toBe('authorization_invalid');
});

test('unsafe.assumePkce goes on without the word of the server, with S256 all the same', async () => {
  expect(await refusal({ pkceMethods: 'absent' })).toBe('pkce_unsupported');
  expect(await refusal({ pkceMethods: ['plain'] }, { assumePkce: true })).toBe('pkce_unsupported');
  const { sandbox } = await accepted({ pkceMethods: 'absent' }, { assumePkce: true });
  expect(sandbox.log.of('authorize')[0]?.query.get('code_challenge_method')).toBe('S256');
  expect(sandbox.log.of('token')[0]?.form.get('code_verifier')).toMatch(/^[\w-]{43}$/);
});

test('of one server are not those of another', async () => {
  const sandbox = await provider('plain', { iss: 'missing' });
  const lenient = clientOf(sandbox, { settings: { unsafe: { allowMissingIss: true } } });
  await lenient.authorizer.signIn();
  const strict = clientOf(sandbox, { store: lenient.store });
  expect((await failure(strict.authorizer.signIn({ force: true }))).code).toBe('authorization_invalid');
});

test('unsafe.authorizationServer asks that one, where the server names another or what is none, and no third', async () => {
  const quirks: SandboxOptions = { authorizationServers: 'mcp-url', sameOrigin: true };
  const sandbox = await provider('plain', quirks);
  const refused = await failure(clientOf(sandbox).authorizer.signIn());
  const remedy = { do: 'configure', key: 'unsafe.authorization_server', value: `"${sandbox.issuer}"` };
  expect(refused).toMatchObject({ code: 'server_metadata_missing', remedy });
  const unsafe = { authorizationServer: sandbox.issuer };
  const client = clientOf(sandbox, { settings: { unsafe } });
  await client.authorizer.signIn();
  expect((await client.record()).grant.issuer).toBe(sandbox.issuer);
  // What the document there says of itself is judged as ever, and so is whom the client may go to.
  expect(
    await refusal({ ...quirks, metadataIssuer: OTHER }, (issuer) => ({ authorizationServer: issuer })),
  ).toBe('issuer_mismatch');
  const pinned = clientOf(sandbox, { settings: { unsafe, issuer: OTHER } });
  expect((await failure(pinned.authorizer.signIn())).code).toBe('client_issuer_mismatch');
});
