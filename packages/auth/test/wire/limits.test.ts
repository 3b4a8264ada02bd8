import type { Endpoint } from '@mcpass/sandbox';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { scriptedProvider } from '../support/scripted-provider.js';
import { simulatedClock } from '../support/simulated-clock.js';

/** Lets real requests arrive while the simulated clock stands still. */
async function until(condition: () => boolean): Promise<void> {
  for (let times = 0; times < 1_000 && !condition(); times += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

describe('an answer of more than 256 KiB', () => {
  test.each(['resource-metadata', 'metadata', 'register', 'token'] as Endpoint[])(
    'at %s is cut off',
    async (place) => {
      const sandbox = await provider('plain');
      sandbox.fault(place, 'oversize');
      const error = await failure(clientOf(sandbox).authorizer.signIn());
      expect(error).toMatchObject({ code: 'answer_too_large', fault: 'server' });
    },
  );

  test('is counted as it unfolds, not as it was packed', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20));
    const { client } = await scriptedProvider(() => ({
      'GET /.well-known/oauth-authorization-server': (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
        return undefined;
      },
    }));
    expect((await failure(client().authorizer.signIn())).code).toBe('answer_too_large');
  });

  test('of the server to a stranger is not read at all', async () => {
    const { client } = await scriptedProvider(() => ({
      'POST /mcp': (_, response) => {
        response.writeHead(401);
        const more = () => {
          while (response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
        return undefined;
      },
    }));
    await client().authorizer.signIn();
  });

  test('of a call is the caller’s: its size is not ours to limit', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('mcp', 'oversize');
    expect((await (await call(client)).text()).length).toBeGreaterThan(300 * 1024);
  });
});

describe('an answer that never ends', () => {
  test.each([
    ['resource-metadata', 2],
    ['metadata', 2],
    ['register', 1],
    ['token', 1],
  ] as [Endpoint, number][])(
    'at %s ends after 30 seconds, each time it is asked for',
    async (place, times) => {
      const clock = simulatedClock();
      const sandbox = await provider('plain');
      sandbox.fault(place, 'drip', 9);
      const ending = failure(clientOf(sandbox, { clock }).authorizer.signIn());
      for (let time = 1; time <= times; time += 1) {
        await until(() => sandbox.log.of(place).length === time && clock.deadlines > 0);
        clock.advance(29_000);
        await new Promise((resolve) => setTimeout(resolve, 20));
        clock.advance(1_001);
      }
      expect(await ending).toMatchObject({ code: 'timeout', fault: 'network' });
      expect(sandbox.log.of(place)).toHaveLength(times);
    },
  );

  test('of a server that does not even begin one', async () => {
    const clock = simulatedClock();
    const { server, client } = await scriptedProvider(() => ({ 'POST /mcp': () => undefined }));
    const ending = failure(client({ clock }).authorizer.signIn());
    await until(() => server.seen.length === 1 && clock.deadlines > 0);
    clock.advance(30_000);
    expect((await ending).code).toBe('timeout');
  });

  test('leaves no deadline behind when it is over', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain');
    await clientOf(sandbox, { clock }).authorizer.signIn();
    expect(clock.deadlines).toBe(0);
  });
});

test('documents that are made to hurt are just no documents', async () => {
  for (const body of [
    '['.repeat(200_000),
    `{"a":${'{"a":'.repeat(40_000)}`,
    '\u0000',
    '{"issuer":"\\ud800"}',
    '\ufeff{}',
  ]) {
    const { client } = await scriptedProvider(() => ({
      'GET /.well-known/oauth-authorization-server': { body },
      'GET /.well-known/openid-configuration': { body },
    }));
    expect((await failure(client().authorizer.signIn())).code).toMatch(
      /server_metadata_missing|issuer_mismatch/,
    );
  }
});
