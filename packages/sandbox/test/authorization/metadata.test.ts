import { expect, test } from 'vitest';
import { HOSTILE_ENDPOINTS, type MetadataPlace } from '../../src/index.js';
import { metadataOf, signIn } from '../support/oauth.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

const PATHS: Record<MetadataPlace, string> = {
  rfc8414: '/.well-known/oauth-authorization-server/tenant',
  'oidc-insertion': '/.well-known/openid-configuration/tenant',
  oidc: '/tenant/.well-known/openid-configuration',
  'rfc8414-append': '/tenant/.well-known/oauth-authorization-server',
  root: '/.well-known/oauth-authorization-server',
};

for (const place of Object.keys(PATHS) as MetadataPlace[]) {
  test(`metadata at ${place}, and nowhere else`, async () => {
    const sandbox = await start('plain', { issuerPath: '/tenant', metadataAt: [place] });
    const { origin } = new URL(sandbox.issuer);
    expect(sandbox.issuer).toBe(`${origin}/tenant`);
    for (const [other, path] of Object.entries(PATHS)) {
      const answer = await fetch(origin + path);
      expect([other, answer.status]).toEqual([other, other === place ? 200 : 404]);
      if (answer.ok) expect(await answer.json()).toMatchObject({ issuer: sandbox.issuer });
    }
  });
}

test('an issuer that is not the one it should be', async () => {
  const stated = async (
    metadataIssuer: 'slash' | 'path-dropped' | `http${string}`,
  ): Promise<[string, unknown]> => {
    const sandbox = await start('plain', { metadataIssuer, issuerPath: '/t', metadataAt: ['root'] });
    return [sandbox.issuer, (await metadataOf(sandbox))['issuer']];
  };
  const [one, withSlash] = await stated('slash');
  expect(withSlash).toBe(`${one}/`);
  const [two, dropped] = await stated('path-dropped');
  expect(dropped).toBe(new URL(two).origin);
  expect((await stated('https://attacker.test'))[1]).toBe('https://attacker.test');
});

test('members that are there, absent, or nonsense', async () => {
  const plain = await metadataOf(await start('plain'));
  expect(plain).toMatchObject({
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  });
  const odd = await metadataOf(
    await start('plain', {
      pkceMethods: 'absent',
      authMethods: 'absent',
      issAdvertised: false,
      serverScopes: undefined,
      revocation: false,
      metadataMembers: { registration_endpoint: null, authorization_endpoint: HOSTILE_ENDPOINTS[0] },
    }),
  );
  expect(odd).toMatchObject({
    registration_endpoint: null,
    authorization_endpoint: 'javascript:alert(document.domain)',
  });
  for (const name of [
    'code_challenge_methods_supported',
    'token_endpoint_auth_methods_supported',
    'authorization_response_iss_parameter_supported',
    'scopes_supported',
    'revocation_endpoint',
  ]) {
    expect(odd).not.toHaveProperty(name);
  }
  expect(await metadataOf(await start('plain', { pkceMethods: ['plain'] }))).toMatchObject({
    code_challenge_methods_supported: ['plain'],
  });
});

test('the endpoint may have a query of its own, which has to survive', async () => {
  const sandbox = await start('plain', { authorizeQuery: { tenant: 'a b' } });
  expect((await metadataOf(sandbox))['authorization_endpoint']).toBe(
    `${sandbox.issuer}/authorize?tenant=a+b`,
  );
  expect((await (await signIn(sandbox)).exchange()).status).toBe(200);
  const doubled = await signIn(sandbox, { authorize: { tenant: 'a b' } });
  expect(doubled.html).toContain('lost or doubled');
  const lost = await sandbox.user().open(`${sandbox.issuer}/authorize?client_id=x`);
  expect(lost?.html).toContain('lost or doubled');
});

test('publishes the key that signs the access tokens', async () => {
  const sandbox = await start('plain');
  const { json } = await (await signIn(sandbox)).exchange();
  const { createRemoteJWKSet, jwtVerify } = await import('jose');
  const keys = createRemoteJWKSet(new URL((await metadataOf(sandbox))['jwks_uri'] ?? ''));
  const { payload } = await jwtVerify(String(json['access_token']), keys, {
    issuer: sandbox.issuer,
    audience: sandbox.resource,
    typ: 'at+jwt',
  });
  expect(payload.sub).toBe('ada@sandbox.test');
});
