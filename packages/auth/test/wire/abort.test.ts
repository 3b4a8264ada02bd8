import { describe, expect, test } from 'vitest';

import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';
import { systemClock } from '../support/client.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a sign-in that is given up', () => {
  test('before it began asks nobody', async () => {
    const sandbox = await provider('plain');
    const client = clientOf(sandbox);
    const error = await failure(client.authorizer.signIn({ signal: AbortSignal.abort() }));
    expect(error.code).toBe('interrupted');
    expect(sandbox.log.all).toEqual([]);
  });

  test.each(['mcp', 'resource-metadata', 'metadata', 'register', 'token'] as const)(
    'while %s is being asked ends at once',
    async (place) => {
      const sandbox = await provider('plain');
      // Longer than anybody waits: were it not given up, the test would not end.
      sandbox.fault(place, { delay: 600_000 });
      const giveUp = new AbortController();
      const client = clientOf(sandbox);
      const ending = failure(client.authorizer.signIn({ signal: giveUp.signal }));
      while (sandbox.log.of(place).length === 0) await pause(5);
      giveUp.abort();
      expect((await ending).code).toBe('interrupted');
      expect(client.user.open).toBe(0);
      expect((await client.authorizer.record())?.grant).toBeUndefined();
    },
  );

  test('during the pause before a repetition ends at once', async () => {
    const sandbox = await provider('plain');
    sandbox.fault('metadata', { status: 503, retryAfter: 4 }, 9);
    const giveUp = new AbortController();
    const ending = failure(
      clientOf(sandbox, { clock: systemClock }).authorizer.signIn({ signal: giveUp.signal }),
    );
    while (sandbox.log.of('metadata')[0]?.status === undefined) await pause(5);
    await pause(20);
    giveUp.abort();
    expect((await ending).code).toBe('interrupted');
    expect(sandbox.log.of('metadata')).toHaveLength(1);
  });

  test('while the person thinks closes the listener', async () => {
    const sandbox = await provider('plain');
    const giveUp = new AbortController();
    const visit = async () => giveUp.abort();
    const client = clientOf(sandbox, { visit, signal: giveUp.signal });
    expect((await failure(client.authorizer.signIn())).code).toBe('interrupted');
    expect(client.user.open).toBe(0);
    expect(client.events.filter(({ type }) => type === 'consent')).toEqual([
      { type: 'consent', waiting: true },
      { type: 'consent', waiting: false },
    ]);
  });
});

describe('a call that is given up', () => {
  test('gets the reason of its caller back, as with any fetch', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    sandbox.fault('mcp', { delay: 2_000 });
    const giveUp = new AbortController();
    const ending = client.authorizer.fetch(sandbox.url, { method: 'POST', signal: giveUp.signal });
    while (sandbox.log.of('mcp').length === 0) await pause(5);
    giveUp.abort(new RangeError('mine'));
    await expect(ending).rejects.toThrow(RangeError);
  });

  test('during a sign-in leaves the sign-in to the others', async () => {
    const sandbox = await provider('plain');
    const giveUp = new AbortController();
    let consent = () => {};
    const asked = new Promise<void>((resolve) => (consent = resolve));
    const visit = async (url: string) => {
      giveUp.abort(new RangeError('mine'));
      await asked;
      await sandbox.user().open(url);
    };
    const client = clientOf(sandbox, { visit, signIn: 'when_needed' });
    const impatient = client.authorizer.fetch(sandbox.url, { method: 'POST', signal: giveUp.signal });
    const patient = call(client);
    await expect(impatient).rejects.toThrow(RangeError);
    consent();
    expect((await patient).status).toBe(200);
    expect(client.user.shown).toHaveLength(1);
  });

  test('before it began is not sent', async () => {
    const sandbox = await provider('plain');
    const client = await signedIn(sandbox);
    const signal = AbortSignal.abort(new RangeError('mine'));
    await expect(client.authorizer.fetch(sandbox.url, { signal })).rejects.toThrow(RangeError);
    await pause(20);
    expect(sandbox.log.all).toEqual([]);
  });
});

test('a refused call does not keep its connection busy', async () => {
  const sandbox = await provider('plain');
  let cancelled = 0;
  const client = clientOf(sandbox, {
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const { body } = response;
      if (body !== null) {
        const cancel = body.cancel.bind(body);
        body.cancel = (reason) => ((cancelled += 1), cancel(reason));
      }
      return response;
    },
  });
  await failure(call(client));
  expect(cancelled).toBe(1);
});
