import { describe, expect, test } from 'vitest';

import { findMcpassError, isMcpassError, McpassError } from '../src/index.js';

const details = { step: 'token', fault: 'server' } as const;
const ours = new McpassError('token_refused', 'no', { ...details, facts: { error: 'x' } });

describe('an error of ours', () => {
  test('says what, where and whose', () => {
    expect(ours).toMatchObject({
      name: 'McpassError',
      code: 'token_refused',
      ...details,
      facts: { error: 'x' },
    });
    expect(new McpassError('internal', 'x', details)).toMatchObject({ facts: {}, remedy: undefined });
  });

  test('as JSON holds neither cause nor stack', () => {
    const error = new McpassError('internal', 'm', { ...details, cause: new Error('inner') });
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: 'internal', message: 'm', ...details });
  });

  test('is known from another copy of this package', () => {
    const foreign = Object.assign(new Error('m'), { [Symbol.for('mcpass.error')]: true });
    expect(isMcpassError(foreign)).toBe(true);
    for (const other of [new Error('m'), undefined, null, 'mcpass.error', { code: 'internal' }]) {
      expect(isMcpassError(other)).toBe(false);
    }
  });

  test('is found behind what others wrapped round it', () => {
    const wrapped = new Error('sdk', { cause: new TypeError('fetch failed', { cause: ours }) });
    expect(findMcpassError(wrapped)).toBe(ours);
    expect(findMcpassError(ours)).toBe(ours);
    expect(findMcpassError(new Error('x', { cause: 'y' }))).toBeUndefined();
  });

  test('is not looked for without end', () => {
    const loop = new Error('a') as Error & { cause: unknown };
    loop.cause = loop;
    expect(findMcpassError(loop)).toBeUndefined();
  });
});
