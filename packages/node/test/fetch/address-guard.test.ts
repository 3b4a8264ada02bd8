import type { LookupAddress } from 'node:dns';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import {
  createAuthorizer,
  createMemoryStore,
  type CredentialRecord,
  isPrivateAddress,
  type McpassError,
  Secret,
  type UnsafeOverrides,
} from '@mcpass/auth';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAddressGuard, type Resolve } from '../../src/fetch/address-guard.js';
import { createConnecting } from '../../src/fetch/connecting.js';
import { createFetch } from '../../src/fetch/system-fetch.js';
import { systemClock } from '../../src/fetch/system-clock.js';
import { systemRandom } from '../../src/random.js';

/* Where names lead, with a DNS that is not this machine's. Who is connected to is real. */

const PUBLIC = '203.0.113.7';
const SERVER = 'mcp.example.com';
const ISSUER = 'as.example.com';

/** A DNS with these names; several answers of one are given in turn. */
function names(
  zone: Readonly<Record<string, readonly (readonly string[])[]>>,
): Resolve & { asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (hostname, _options, callback) => {
    const answers = zone[hostname];
    const times = asked.filter((name) => name === hostname).length;
    asked.push(hostname);
    const found = answers?.[Math.min(times, answers.length - 1)];
    if (found === undefined) return callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    const addresses: LookupAddress[] = found.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    setImmediate(() => callback(null, addresses));
  };
  return Object.assign(resolve, { asked });
}

/** What a connection to that name would be made to. */
async function leadsTo(guard: LookupFunction | undefined, hostname: string): Promise<string> {
  if (guard === undefined) return 'unguarded';
  return new Promise((resolve) => {
    guard(hostname, { all: true }, (error, addresses) => {
      if (error !== null) return resolve(`${error.code}: ${error.message}`);
      resolve((addresses as LookupAddress[]).map(({ address }) => address).join(' '));
    });
  });
}

const server = (unsafe?: UnsafeOverrides, hostname = SERVER) => ({
  url: `https://${hostname}/mcp`,
  ...(unsafe && { unsafe }),
});
const INSIDE = 'ERR_MCPASS_PRIVATE_ADDRESS: ';

describe('the name of a friend of a public server', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:10.0.0.1',
    '64:ff9b::a9fe:a9fe',
  ])('that leads to %s leads nowhere', async (address) => {
    const resolve = names({ [SERVER]: [[PUBLIC]], [ISSUER]: [[address]] });
    const guard = createAddressGuard(server(), resolve);
    expect(await leadsTo(guard, ISSUER)).toBe(INSIDE + address);
  });

  test.each([[['198.51.100.4']], [['2606:4700::1111', '198.51.100.4']], [['64:ff9b::c633:6404']]])(
    'that leads to %s is connected to there',
    async (addresses) => {
      const resolve = names({ [SERVER]: [[PUBLIC]], [ISSUER]: [addresses] });
      expect(await leadsTo(createAddressGuard(server(), resolve), ISSUER)).toBe(addresses.join(' '));
      expect(resolve.asked).toEqual([ISSUER]);
    },
  );

  test('that leads to both is refused: the private one might be taken', async () => {
    const resolve = names({ [SERVER]: [[PUBLIC]], [ISSUER]: [['198.51.100.4', '10.0.0.1']] });
    expect(await leadsTo(createAddressGuard(server(), resolve), ISSUER)).toBe(`${INSIDE}10.0.0.1`);
  });

  test('may lead inside where the configuration names it, and no other may', async () => {
    const resolve = names({ [SERVER]: [[PUBLIC]], [ISSUER]: [['10.0.0.1']], 'x.test': [['10.0.0.2']] });
    const guard = createAddressGuard(server({ privateHosts: [ISSUER] }), resolve);
    expect(await leadsTo(guard, ISSUER)).toBe('10.0.0.1');
    expect(await leadsTo(guard, 'x.test')).toBe(`${INSIDE}10.0.0.2`);
  });

  test('of a server whose address is a literal one is judged as well', async () => {
    const resolve = names({ [ISSUER]: [['10.0.0.1']] });
    expect(await leadsTo(createAddressGuard(server(undefined, PUBLIC), resolve), ISSUER)).toContain(INSIDE);
    expect(createAddressGuard(server(undefined, '10.0.0.9'), resolve)).toBeUndefined();
    expect(createAddressGuard(server(undefined, 'localhost'), resolve)).toBeUndefined();
  });
});

describe('the name of the server itself', () => {
  test('may lead inside, and then those of its friends may', async () => {
    const resolve = names({ [SERVER]: [['10.0.0.5']], [ISSUER]: [['10.0.0.6']] });
    const guard = createAddressGuard(server(), resolve);
    expect(await leadsTo(guard, ISSUER)).toBe('10.0.0.6');
    expect(await leadsTo(guard, SERVER)).toBe('10.0.0.5');
  });

  test('stays what it was: it cannot become a private one between two requests', async () => {
    const resolve = names({ [SERVER]: [[PUBLIC], ['10.0.0.5']], [ISSUER]: [['10.0.0.6']] });
    const guard = createAddressGuard(server(), resolve);
    expect(await leadsTo(guard, SERVER)).toBe(PUBLIC);
    expect(await leadsTo(guard, SERVER)).toBe(`${INSIDE}10.0.0.5`);
    expect(await leadsTo(guard, ISSUER)).toBe(`${INSIDE}10.0.0.6`);
  });

  test('that nobody knows makes nothing private', async () => {
    const guard = createAddressGuard(server(), names({ [ISSUER]: [['10.0.0.6']] }));
    expect(await leadsTo(guard, ISSUER)).toBe(`${INSIDE}10.0.0.6`);
    expect(await leadsTo(guard, SERVER)).toBe('ENOTFOUND: no');
  });
});

test('the engine says which name, and which line excuses it; nobody was connected to', async () => {
  const connections: string[] = [];
  const listener = createServer((socket) => {
    connections.push('one');
    socket.destroy();
  });
  await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  const { port } = listener.address() as AddressInfo;
  const resolve = names({ [SERVER]: [[PUBLIC]], [ISSUER]: [['127.0.0.1']] });

  const renew = async (unsafe?: UnsafeOverrides): Promise<McpassError> => {
    const settings = server(unsafe);
    const store = createMemoryStore();
    const issuer = `https://${ISSUER}:${port}`;
    const key = { server: settings.url, account: 'default' };
    const stored: CredentialRecord = {
      version: 1,
      generation: 0,
      ...key,
      grant: {
        issuer,
        endpoints: { token: `${issuer}/token` },
        client: { id: 'c', issuer, origin: 'registered', authMethod: 'none' },
        requestedScopes: [],
        resource: settings.url,
        tokens: {
          access: new Secret('a'),
          type: 'Bearer',
          obtainedAtS: 1,
          expiresAtS: 2,
          refresh: new Secret('r'),
        },
        signedInAtS: 1,
      },
    };
    await store.update(key, () => Promise.resolve(stored));
    const fetch = createFetch({ env: {}, connecting: createConnecting({}, { settings }, resolve) });
    const ports = { fetch, clock: systemClock, random: systemRandom, store, observe: () => undefined };
    const failed: unknown = await createAuthorizer({ settings, ports })
      .refresh()
      .catch((thrown: unknown) => thrown);
    return failed as McpassError;
  };

  const refused = await renew();
  expect(refused).toMatchObject({
    code: 'endpoint_unsafe',
    fault: 'server',
    step: 'refresh',
    remedy: { do: 'configure', key: 'unsafe.private_hosts', value: `["${ISSUER}"]` },
  });
  expect(refused.message).toContain(`${ISSUER}:${port} leads to 127.0.0.1`);
  expect(connections).toEqual([]);
  expect((await renew({ privateHosts: [ISSUER] })).code).toBe('connection_lost');
  expect(connections).not.toEqual([]);
});

test('an address inside another one is judged by that', () => {
  expect(['::ffff:8.8.8.8', '64:ff9b::808:808', '8.8.8.8', '2001:4860::8888'].map(isPrivateAddress)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
