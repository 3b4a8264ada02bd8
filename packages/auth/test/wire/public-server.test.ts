import type { Fetch, UnsafeOverrides } from '../../src/index.js';
import { describe, expect, test } from 'vitest';

import { failure, testClient } from '../support/client.js';
import { resourceLines, serverDocument, serverLines } from '../support/scripted-provider.js';
import { scriptServer, type Seen } from '../support/script.js';

/* A server on the internet, and what it may lead to. Only the names are simulated: a name is one real server here. */

const SERVER = 'https://mcp.example.com';
const ISSUER = 'https://as.example.com';

async function internet() {
  const mcp = await scriptServer();
  const as = await scriptServer();
  mcp.learn(resourceLines(SERVER, [ISSUER]));
  as.learn(serverLines(ISSUER));
  const asked: string[] = [];
  const names: Record<string, string> = { [SERVER]: mcp.origin, [ISSUER]: as.origin };
  const resolving: Fetch = (input, init) => {
    const { origin, href } = new URL(String(input));
    asked.push(href);
    const real = names[origin];
    if (real === undefined) throw new TypeError(`the request to ${origin} has left the machine`);
    return fetch(href.replace(origin, real), init);
  };
  const visit = async (url: string) => {
    asked.push(url);
    await fetch(url.replace(ISSUER, as.origin)).then((page) => page.text());
  };
  const client = (unsafe?: UnsafeOverrides) =>
    testClient({ settings: { url: `${SERVER}/mcp`, ...(unsafe && { unsafe }) }, visit, fetch: resolving });
  return { mcp, as, asked, client, names };
}

test('a public server with public friends lets a person in', async () => {
  const { client } = await internet();
  await client().authorizer.signIn();
});

describe('a public server that leads into the private network', () => {
  const inside = [
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/x',
    'https://[::ffff:192.168.0.1]/x',
    'https://2130706433/x',
    'http://localhost:2375/x',
    'https://localhost./x',
    'https://router.local/x',
  ];

  test.each(inside)('by its challenge: %s', async (place) => {
    const { mcp, asked, client } = await internet();
    mcp.learn({
      'POST /mcp': { status: 401, headers: { 'www-authenticate': `Bearer resource_metadata="${place}"` } },
    });
    expect((await failure(client().authorizer.signIn())).code).toBe('endpoint_unsafe');
    expect(asked).toEqual([`${SERVER}/mcp`]);
  });

  test.each(inside)('by its authorization servers: %s', async (place) => {
    const { mcp, asked, client } = await internet();
    mcp.learn(resourceLines(SERVER, [place]));
    expect((await failure(client().authorizer.signIn())).code).toBe('endpoint_unsafe');
    expect(asked.every((url) => url.startsWith(SERVER))).toBe(true);
  });

  test.each(inside)('by a redirect: %s', async (place) => {
    const { as, asked, client } = await internet();
    as.learn({
      'GET /.well-known/oauth-authorization-server': { status: 302, headers: { location: place } },
    });
    expect((await failure(client().authorizer.signIn())).code).toBe('endpoint_unsafe');
    expect(asked.at(-1)).toBe(`${ISSUER}/.well-known/oauth-authorization-server`);
  });

  test.each(['authorization_endpoint', 'token_endpoint', 'registration_endpoint', 'revocation_endpoint'])(
    'by its %s',
    async (member) => {
      for (const place of inside) {
        const { as, asked, client } = await internet();
        as.learn({
          'GET /.well-known/oauth-authorization-server': {
            body: serverDocument(ISSUER, { [member]: place }),
          },
        });
        expect((await failure(client().authorizer.signIn())).code).toBe('endpoint_unsafe');
        expect(asked.filter((url) => !url.startsWith(SERVER) && !url.startsWith(ISSUER))).toEqual([]);
      }
    },
  );

  test('unsafe.privateHosts lets through what it names, and nothing else', async () => {
    const { as, names, client } = await internet();
    const privateToken = await scriptServer({
      'POST /token': { body: { access_token: 'at', token_type: 'Bearer' } },
    });
    names['https://10.0.0.1'] = privateToken.origin;
    as.learn({
      'GET /.well-known/oauth-authorization-server': {
        body: serverDocument(ISSUER, { token_endpoint: 'https://10.0.0.1/token' }),
      },
    });
    expect((await failure(client().authorizer.signIn())).code).toBe('endpoint_unsafe');
    expect((await failure(client({ privateHosts: ['10.0.0.2'] }).authorizer.signIn())).code).toBe(
      'endpoint_unsafe',
    );
    await client({ privateHosts: ['10.0.0.1'] }).authorizer.signIn();
    expect(privateToken.seen).toHaveLength(1);
  });
});

describe('a server behind a proxy that hides its https', () => {
  async function hidden() {
    const all = await internet();
    const document = JSON.stringify(serverDocument(ISSUER)).replaceAll(
      `${ISSUER}/`,
      'http://as.example.com/',
    );
    all.as.learn({ 'GET /.well-known/oauth-authorization-server': { body: document } });
    return all;
  }

  test('is refused, and the line that would excuse it named', async () => {
    const { as, client } = await hidden();
    const error = await failure(client().authorizer.signIn());
    expect(error).toMatchObject({
      code: 'endpoint_unsafe',
      remedy: { do: 'configure', key: 'unsafe.upgrade_http', value: 'true' },
    });
    expect(as.seen).toHaveLength(2);
  });

  test('unsafe.upgradeHttp uses https all the same: nothing goes in the clear', async () => {
    const { asked, client } = await hidden();
    const one = client({ upgradeHttp: true });
    await one.authorizer.signIn();
    expect(asked.filter((url) => url.startsWith('http:'))).toEqual([]);
    expect((await one.record()).grant.endpoints.token).toBe(`${ISSUER}/token`);
    expect(one.user.shown[0]).toMatch(/^https:/);
  });
});

describe('an authorization server of an attacker', () => {
  test('that claims to be an honest one is refused', async () => {
    const { mcp, names, client } = await internet();
    const evil = await scriptServer();
    names['https://evil.example'] = evil.origin;
    mcp.learn(resourceLines(SERVER, ['https://evil.example']));
    evil.learn(serverLines('https://evil.example', { issuer: ISSUER }));
    expect((await failure(client().authorizer.signIn())).code).toBe('issuer_mismatch');
    expect(evil.paths().every((path) => path.startsWith('GET /.well-known/'))).toBe(true);
  });

  test('that lets the person sign in at an honest one gets no code (mix-up)', async () => {
    const { mcp, as, names, client } = await internet();
    const evil = await scriptServer();
    names['https://evil.example'] = evil.origin;
    mcp.learn(resourceLines(SERVER, ['https://evil.example']));
    evil.learn(serverLines('https://evil.example', { authorization_endpoint: `${ISSUER}/authorize` }));
    as.learn({
      'GET /authorize': ({ query }: Seen) => {
        const parameters = new URLSearchParams({
          code: 'honest',
          state: query.get('state') ?? '',
          iss: ISSUER,
        });
        return { status: 302, headers: { location: `${query.get('redirect_uri')}?${parameters}` } };
      },
    });
    expect((await failure(client().authorizer.signIn())).code).toBe('authorization_invalid');
    expect(evil.to('POST /token')).toEqual([]);
  });

  test('with a payload for a shell in its address opens none', async () => {
    for (const payload of ['$(calc)', '`id`', '";calc;"', '%PATH%&calc', "'|calc", '^&calc', '\n-x']) {
      const { as, client } = await internet();
      as.learn({
        'GET /.well-known/oauth-authorization-server': {
          body: serverDocument(ISSUER, { authorization_endpoint: `${ISSUER}/authorize?x=${payload}` }),
        },
      });
      const one = client();
      await one.authorizer.signIn();
      const [shown] = one.user.shown;
      // A URL, serialised: no blank, no quotation mark, no line end, and it begins as it should.
      expect(shown).toMatch(/^https:\/\/as\.example\.com\/authorize\?[\x21-\x7e]+$/);
      expect(shown).not.toMatch(/["'<>\s]/);
    }
  });
});
