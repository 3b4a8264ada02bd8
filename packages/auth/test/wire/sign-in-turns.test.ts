import { describe, expect, test } from 'vitest';

import { createMemoryStore, emptyRecord, type SignInTurns } from '../../src/index.js';
import { failure } from '../support/client.js';
import { call, clientOf, provider, signedIn } from '../support/sandbox.js';

/** Turns among the authorizers of one test. */
function turnsInLine(): SignInTurns & { readonly taken: () => number } {
  let last: Promise<unknown> = Promise.resolve();
  let taken = 0;
  return {
    taken: () => taken,
    run(_key, work) {
      taken += 1;
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

describe('authorizers that share a store and take turns', () => {
  test('sign in once', async () => {
    const sandbox = await provider('plain');
    const shared = { store: createMemoryStore(), turns: turnsInLine() };
    const clients = Array.from({ length: 5 }, () => clientOf(sandbox, { signIn: 'when_needed', ...shared }));
    const answers = await Promise.all(clients.map((client) => call(client)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(clients.flatMap(({ user }) => user.shown)).toHaveLength(1);
    expect(sandbox.log.of('register')).toHaveLength(1);
    expect(shared.turns.taken()).toBe(5);
  });

  test('take no turn for what needs no sign-in', async () => {
    const sandbox = await provider('plain');
    const turns = turnsInLine();
    const client = await signedIn(sandbox, { turns });
    await client.authorizer.signIn();
    await client.authorizer.refresh();
    await call(client);
    expect(turns.taken()).toBe(1);
  });

  test('sign in twice where the first sign-in has not what the second one wants', async () => {
    const sandbox = await provider('plain');
    const shared = { store: createMemoryStore(), turns: turnsInLine() };
    const [one, other] = [clientOf(sandbox, shared), clientOf(sandbox, shared)];
    await Promise.all([
      one.authorizer.signIn(),
      other.authorizer.signIn({ scopes: ['mcp:read', 'mcp:extra'] }),
    ]);
    expect([one.user.shown.length, other.user.shown.length]).toEqual([1, 1]);
  });

  test('do not take a refresh for the sign-in that is wanted', async () => {
    const sandbox = await provider('plain');
    const shared = { store: createMemoryStore(), turns: turnsInLine() };
    const one = await signedIn(sandbox, shared);
    let free = () => {};
    const held = shared.turns.run(
      { server: sandbox.url, account: 'default' },
      () => new Promise<void>((resolve) => (free = resolve)),
      { waitMs: 1_000, onWait: () => undefined },
    );
    const other = clientOf(sandbox, shared);
    const forced = other.authorizer.signIn({ force: true });
    await one.authorizer.refresh();
    free();
    await held;
    await forced;
    expect(other.user.shown).toHaveLength(1);
  });

  test('hear that the person refused, and ask nobody a second time', async () => {
    const sandbox = await provider('plain');
    const shared = { store: createMemoryStore(), turns: turnsInLine() };
    const one = clientOf(sandbox, { ...shared, as: 'denies' });
    const other = clientOf(sandbox, shared);
    const [refused, heard] = await Promise.all([
      failure(one.authorizer.signIn()),
      failure(other.authorizer.signIn()),
    ]);
    expect(refused.code).toBe('login_refused');
    expect(heard).toMatchObject({ code: 'login_refused', fault: 'yours', remedy: { do: 'sign_in' } });
    expect(heard.message).toBe(`The sign-in of another process ended: ${refused.message}`);
    expect(other.user.shown).toEqual([]);
    expect(await other.authorizer.record()).toMatchObject({
      lastSignIn: { outcome: 'given_up', code: 'login_refused', detail: refused.message },
    });
  });

  test('ask a question of their own where another one was refused', async () => {
    const sandbox = await provider('plain');
    const shared = { store: createMemoryStore(), turns: turnsInLine() };
    const one = clientOf(sandbox, { ...shared, as: 'denies' });
    const other = clientOf(sandbox, shared);
    const [refused] = await Promise.all([
      failure(one.authorizer.signIn({ scopes: ['mcp:read', 'mcp:extra'] })),
      other.authorizer.signIn(),
    ]);
    expect(refused.code).toBe('login_refused');
    expect(other.user.shown).toHaveLength(1);
  });

  test('try themselves where the first one failed before anybody was asked', async () => {
    const sandbox = await provider('plain');
    const shared = { store: createMemoryStore(), turns: turnsInLine() };
    sandbox.fault('register', { status: 503 });
    const [one, other] = [clientOf(sandbox, shared), clientOf(sandbox, shared)];
    const [failed] = await Promise.all([failure(one.authorizer.signIn()), other.authorizer.signIn()]);
    expect(failed.code).toBe('server_error');
    expect(other.user.shown).toHaveLength(1);
  });
});

describe('after a person has given a sign-in up', () => {
  test('none is begun unasked for ten minutes; whoever asks for one gets it', async () => {
    const sandbox = await provider('plain');
    const store = createMemoryStore();
    const one = clientOf(sandbox, { as: 'denies', signIn: 'when_needed', store });
    expect((await failure(call(one))).code).toBe('login_refused');
    const other = clientOf(sandbox, { signIn: 'when_needed', store });
    const error = await failure(call(other));
    expect(error).toMatchObject({ code: 'login_required', remedy: { do: 'sign_in' } });
    expect(error.message).toMatch(/^A sign-in was given up \d+ s ago, and none is begun unasked: /);
    expect((await failure(other.authorizer.signIn({ unasked: true }))).code).toBe('login_required');
    expect(other.user.shown).toEqual([]);

    // Ten minutes later, and also when the clock was set back since.
    const key = { server: sandbox.url, account: 'default' };
    for (const seconds of [-601, 3_600]) {
      await store.update(key, async (current) => ({
        ...(current ?? emptyRecord(key)),
        lastSignIn: {
          atS: Math.floor(Date.now() / 1000) + seconds,
          outcome: 'given_up',
          code: 'login_timeout',
          detail: 'Nobody answered.',
          wish: '',
        },
      }));
      const later = clientOf(sandbox, { as: 'denies', signIn: 'when_needed', store });
      expect((await failure(call(later))).code).toBe('login_refused');
      expect(later.user.shown).toHaveLength(1);
    }

    await other.authorizer.signIn();
    expect((await call(other)).status).toBe(200);
    expect(await other.authorizer.record()).not.toHaveProperty('lastSignIn');
  });
});
