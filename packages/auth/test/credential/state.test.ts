import { describe, expect, test } from 'vitest';

import { clockWasSetBack, credentialState } from '../../src/index.js';
import { renewAtMs } from '../../src/credential/refresh.js';
import { accessTokenLives } from '../../src/credential/state.js';
import { recordWith } from '../support/record.js';

const NOW_S = 1_700_000_000;
const state = (...parts: Parameters<typeof recordWith>) =>
  credentialState(recordWith(...parts), NOW_S * 1000);

describe('what a record is worth', () => {
  test('no record, or none with a sign-in', () => {
    expect(credentialState(undefined, NOW_S * 1000)).toBe('not_signed_in');
    const { grant: _, ...bare } = recordWith({});
    expect(credentialState(bare, NOW_S * 1000)).toBe('not_signed_in');
    expect(credentialState({ ...bare, signInNeeded: 'x' }, NOW_S * 1000)).toBe('login_required');
  });

  test('a living token', () => {
    expect(state({ obtainedAtS: NOW_S - 10, expiresAtS: NOW_S + 1 })).toBe('signed_in');
    expect(state({ obtainedAtS: NOW_S - 10 })).toBe('signed_in');
    // It can no longer be renewed, but it is good until it ends.
    expect(state({ obtainedAtS: NOW_S - 10, expiresAtS: NOW_S + 1 }, { signInNeeded: 'over' })).toBe(
      'signed_in',
    );
  });

  test('a dead token', () => {
    const dead = { obtainedAtS: NOW_S - 10, expiresAtS: NOW_S };
    expect(state({ ...dead, refresh: 'rt' })).toBe('expired');
    expect(state(dead)).toBe('login_required');
    expect(state({ ...dead, refresh: 'rt' }, { signInNeeded: 'over' })).toBe('login_required');
  });

  test('a token dies at its expiry, not after', () => {
    const record = recordWith({ obtainedAtS: NOW_S - 100, expiresAtS: NOW_S });
    expect(accessTokenLives(record, NOW_S * 1000 - 1)).toBe(true);
    expect(accessTokenLives(record, NOW_S * 1000)).toBe(false);
    expect(accessTokenLives(undefined, 0)).toBe(false);
  });
});

describe('a clock that was set back', () => {
  const setBack = (lifetimeS: number | undefined, seconds: number) => {
    const tokens = recordWith({
      obtainedAtS: NOW_S,
      ...(lifetimeS !== undefined && { expiresAtS: NOW_S + lifetimeS }),
    }).grant?.tokens;
    return tokens && clockWasSetBack(tokens, (NOW_S - seconds) * 1000);
  };

  test.each([
    [3600, 600, true],
    [3600, 31, true],
    // A token is renewed so much too early that this does no harm.
    [3600, 30, false],
    [3600, 0, false],
    [3600, -600, false],
    [5, 2, true],
    [5, 1, false],
    // Nothing is known that could be wrong.
    [undefined, 600, false],
  ])('a token of %s s, obtained %d s from now: %s', (lifetime, seconds, doubtful) => {
    expect(setBack(lifetime, seconds)).toBe(doubtful);
  });
});

describe('when a token is renewed', () => {
  const renewAt = (lifetimeS: number | undefined) => {
    const { grant } = recordWith({
      obtainedAtS: NOW_S,
      ...(lifetimeS !== undefined && { expiresAtS: NOW_S + lifetimeS }),
    });
    return grant === undefined ? NaN : (renewAtMs(grant.tokens) - NOW_S * 1000) / 1000;
  };

  test.each([
    [3600, 3570],
    [300, 270],
    [120, 90],
    [60, 45],
    [20, 15],
    [10, 7.5],
  ])('one of %d s after %d s', (lifetime, seconds) => expect(renewAt(lifetime)).toBe(seconds));

  test('never, when nobody said how long it lives', () => {
    expect(renewAt(undefined)).toBe(Infinity);
  });

  test.each([0, 1, 2, -100])(
    'one of %d s is used for a second at least, so that no lifetime makes a storm',
    (lifetime) => {
      // Whole seconds are rounded down: what was obtained at .999 counts from .000.
      expect(renewAt(lifetime)).toBeGreaterThanOrEqual(2);
      const record = recordWith({ obtainedAtS: NOW_S, expiresAtS: NOW_S + lifetime });
      expect(accessTokenLives(record, NOW_S * 1000 + 1_999)).toBe(true);
      expect(accessTokenLives(record, NOW_S * 1000 + 2_000)).toBe(false);
    },
  );

  test.each([3, 5, 30, 3600])('one of %d s before it dies', (lifetime) => {
    expect(renewAt(lifetime)).toBeLessThan(lifetime);
    expect(renewAt(lifetime)).toBeGreaterThanOrEqual(lifetime / 2);
  });
});
