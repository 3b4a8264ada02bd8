import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider } from '../support/sandbox.js';
import { simulatedClock } from '../support/simulated-clock.js';

/* The person has another device (RFC 8628). Nobody waits here: the clock is simulated. */

const DEVICE = { grant: 'device_code' } as const;
const SANDBOX = { deviceIntervalSeconds: 0 };

describe('a sign-in by a code', () => {
  test.each(['reset', { status: 503 }] as const)(
    'goes on through %j, and brings a token like any other',
    async (fault) => {
      const sandbox = await provider('device', SANDBOX);
      const client = clientOf(sandbox, { settings: DEVICE, clock: simulatedClock() });
      sandbox.fault('token', fault);
      const { fresh, record } = await client.authorizer.signIn();
      expect(fresh).toBe(true);
      expect(sandbox.log.of('token')).toHaveLength(2);
      expect(record.grant?.client).not.toHaveProperty('redirectUri');
      expect(client.user.codes).toHaveLength(1);
      expect(client.user.shown).toHaveLength(0);
      expect((await call(client)).status).toBe(200);
    },
  );

  test.each([
    ['denies', 'login_refused'],
    ['closes', 'login_timeout'],
  ] as const)('of somebody who %s it ends with %s', async (as, code) => {
    const sandbox = await provider('device', SANDBOX);
    const client = clientOf(sandbox, { settings: DEVICE, clock: simulatedClock(), as });
    expect((await failure(client.authorizer.signIn())).code).toBe(code);
    // One question a second, and none after the time is up.
    expect(sandbox.log.of('token').length).toBeLessThanOrEqual(6);
  });

  test('needs somebody who sees the code, and a page that may be opened', async () => {
    const sandbox = await provider('device', SANDBOX);
    const alone = clientOf(sandbox, { settings: DEVICE, attended: false });
    expect((await failure(alone.authorizer.signIn())).code).toBe('login_required');
    const evil = await provider('device', {
      ...SANDBOX,
      deviceMembers: { verification_uri: 'javascript:alert(1)' },
    });
    const client = clientOf(evil, { settings: DEVICE });
    expect((await failure(client.authorizer.signIn())).code).toBe('endpoint_unsafe');
    expect(client.user.codes).toHaveLength(0);
  });

  test('may be begun by one process and finished by another', async () => {
    const sandbox = await provider('device', SANDBOX);
    const one = clientOf(sandbox, { settings: DEVICE });
    const begun = await one.authorizer.beginSignIn();
    expect(begun.device?.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
    expect(begun.authorizationUrl).toBe(begun.device?.verificationUriComplete);
    const others = [1, 2].map(() => clientOf(sandbox, { settings: DEVICE, store: one.store }));
    const [first, second] = await Promise.all(others.map(({ authorizer }) => authorizer.finishSignIn()));
    expect(first?.grant?.tokens.type).toBe('Bearer');
    // A code is good once: the other one takes what came of it.
    expect(second?.grant?.tokens.access.reveal()).toBe(first?.grant?.tokens.access.reveal());
    expect(sandbox.log.of('token').filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await one.record()).pending).toBeUndefined();
  });
});
