import { createMemoryStore } from '../../src/index.js';
import type { SandboxOptions } from '@mcpass/sandbox';
import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { simulatedClock } from '../support/simulated-clock.js';

describe('a token answer that strays harmlessly is accepted, and said so', () => {
  test.each([
    [{ tokenFormat: 'form' }, ['E01', 'E06']],
    [{ tokenStatus: 201 }, ['E03']],
    [{ tokenShapes: ['token-type-missing'] }, ['E04']],
    [{ tokenShapes: ['token-type-user'] }, ['E04']],
    [{ tokenShapes: ['token-type-lowercase'] }, []],
    [{ tokenShapes: ['scope-comma'] }, ['E05']],
    [{ tokenShapes: ['scope-absent'] }, []],
    [{ tokenShapes: ['expires-in-string'] }, ['E06']],
    [{ tokenShapes: ['expires-in-absent'] }, ['E07']],
    [{ tokenShapes: ['expires-in-absent'], accessTokenFormat: 'opaque' }, []],
    [{ tokenShapes: ['expires-in-huge'] }, []],
    [{ tokenShapes: ['expires-in-zero'] }, []],
    [{ tokenShapes: ['refresh-token-empty'] }, ['F09']],
  ] as [SandboxOptions, string[]][])('%j', async (quirks, ids) => {
    const sandbox = await provider('plain', quirks);
    const client = await signedIn(sandbox);
    expect([...client.deviations()].sort()).toEqual(ids);
    expect((await call(client)).status).toBe(200);
    expect(sandbox.log.of('token')).toEqual([]);
  });

  test.each(['E01', 'E03', 'E05', 'E06'])('%s at a refresh, too', async (id) => {
    const quirks: Record<string, SandboxOptions> = {
      E01: { tokenFormat: 'form' },
      E03: { tokenStatus: 201 },
      E05: { tokenShapes: ['scope-comma'] },
      E06: { tokenShapes: ['expires-in-string'] },
    };
    const sandbox = await provider('plain', quirks[id]);
    const client = await signedIn(sandbox);
    const before = client.deviations().length;
    await client.authorizer.refresh();
    expect(client.deviations().slice(before)).toContain(id);
    expect((await call(client)).status).toBe(200);
  });
});

describe('a token answer that is none', () => {
  test.each([[{ tokenShapes: ['token-type-mac'] }], [{ tokenShapes: ['nested'] }]] as [SandboxOptions][])(
    '%j: no sign-in',
    async (quirks) => {
      const sandbox = await provider('plain', quirks);
      const client = clientOf(sandbox);
      expect((await failure(client.authorizer.signIn())).code).toBe('answer_invalid');
      expect((await client.authorizer.record())?.grant).toBeUndefined();
    },
  );
});

describe('errors of the token endpoint in all their shapes', () => {
  test.each([
    ['standard', 'invalid_grant'],
    ['status-200', 'invalid_grant'],
    ['slack', 'invalid_grant'],
    ['message', undefined],
    ['html', undefined],
  ] as const)('%s', async (tokenErrors, error) => {
    const sandbox = await provider('plain', { tokenErrors });
    const client = await signedIn(sandbox);
    sandbox.revokeGrants();
    const thrown = await failure(client.authorizer.refresh());
    // Only a plain invalid_grant ends the sign-in; a page could be anybody's.
    expect(thrown.code).toBe(error === undefined ? 'token_refused' : 'login_required');
    expect((await client.record()).lastRefresh?.outcome).toBe(error === undefined ? 'failed' : 'refused');
  });
});

describe('a lifetime', () => {
  test('of nothing is used for a moment, and renewed then: no storm, and no way out', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain', { tokenShapes: ['expires-in-zero'] });
    const client = await signedIn(sandbox, { clock });
    for (let second = 0; second < 6; second += 1) {
      for (let times = 0; times < 5; times += 1) expect((await call(client)).status).toBe(200);
      clock.advance(1_000);
    }
    expect(sandbox.log.of('mcp')).toHaveLength(30);
    expect(sandbox.log.of('token').length).toBeGreaterThanOrEqual(2);
    expect(sandbox.log.of('token').length).toBeLessThanOrEqual(6);
  });

  test('that is over before the token is stored is no end of the sign-in: the server decides', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain', { accessTokenSeconds: 2 });
    const memory = createMemoryStore();
    let slowMs = 0;
    const store: typeof memory = {
      ...memory,
      async update(...update) {
        const record = await memory.update(...update);
        clock.advance(slowMs);
        return record;
      },
    };
    const client = await signedIn(sandbox, { clock, store });
    slowMs = 3_000;
    for (let times = 1; times < 4; times += 1) {
      clock.advance(3_000);
      expect((await call(client)).status).toBe(200);
      expect(sandbox.log.of('token')).toHaveLength(2 * times - 1);
      clock.advance(3_000);
      await expect(client.authorizer.accessToken()).resolves.toBeDefined();
      expect(sandbox.log.of('token')).toHaveLength(2 * times);
    }
  });

  test('of five seconds is used for most of it', async () => {
    const clock = simulatedClock(Date.UTC(2026, 0, 1));
    const sandbox = await provider('plain', { accessTokenSeconds: 5 });
    const client = await signedIn(sandbox, { clock });
    for (let second = 0; second < 20; second += 1) {
      await call(client);
      clock.advance(1_000);
    }
    expect(sandbox.log.of('token')).toHaveLength(4);
  });

  test('of a century is none that is known: the token is used until it is refused', async () => {
    const clock = simulatedClock();
    const sandbox = await provider('plain', { tokenShapes: ['expires-in-huge'] });
    const client = await signedIn(sandbox, { clock });
    expect((await client.record()).grant.tokens).not.toHaveProperty('expiresAtS');
    clock.advance(1e9);
    expect((await call(client)).status).toBe(200);
    expect(sandbox.log.of('token')).toEqual([]);
  });
});
