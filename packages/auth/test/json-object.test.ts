import { describe, expect, test } from 'vitest';

import { isJsonObject, objectIn, parseJsonObject } from '../src/index.js';

describe('an object', () => {
  test.each([[{}], [{ a: 1 }], [Object.create(null)]])('is %o', (value: unknown) => {
    expect(isJsonObject(value)).toBe(true);
    expect(objectIn(value)).toBe(value);
  });

  test.each([[null], [undefined], [[]], [[{}]], ['{}'], [1], [true]])('is not %o', (value) => {
    expect(isJsonObject(value)).toBe(false);
    expect(objectIn(value)).toEqual({});
  });
});

test.each([
  ['{"a":[1]}', { a: [1] }],
  ['{"__proto__":1}', JSON.parse('{"__proto__":1}')],
  ['[]', undefined],
  ['null', undefined],
  ['"a"', undefined],
  ['{', undefined],
  ['', undefined],
])('the object in the text %s', (text, value) => expect(parseJsonObject(text)).toStrictEqual(value));
