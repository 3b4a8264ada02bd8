import { expect, test } from 'vitest';

import { acceptableContent } from '../../src/session/form-fields.js';

test('defaults are taken, also of fields that may be left out', () => {
  const properties = {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 0 },
    score: { type: 'number', default: 95.5 },
    verified: { type: 'boolean', default: false },
    colours: { type: 'array', items: { type: 'string', enum: ['red', 'blue'] }, default: ['red'] },
  };
  expect(acceptableContent({ type: 'object', properties })).toEqual({
    name: 'John Doe',
    age: 0,
    score: 95.5,
    verified: false,
    colours: ['red'],
  });
});

test.each([
  [{ type: 'string' }, ''],
  [{ type: 'string', minLength: 3 }, 'xxx'],
  [{ type: 'string', format: 'email' }, 'nobody@example.com'],
  [{ type: 'string', format: 'uri' }, 'https://example.com/'],
  [{ type: 'string', format: 'date' }, '1970-01-01'],
  [{ type: 'string', format: 'date-time' }, '1970-01-01T00:00:00Z'],
  [{ type: 'string', enum: ['b', 'a'] }, 'b'],
  [{ type: 'string', oneOf: [{ const: 'x', title: 'X' }] }, 'x'],
  [{ type: 'boolean' }, false],
  [{ type: 'integer' }, 0],
  [{ type: 'integer', minimum: 1.5 }, 2],
  [{ type: 'number', minimum: 1.5 }, 1.5],
  [{ type: 'number', maximum: -3 }, -3],
  [{ type: 'array', items: { enum: ['a', 'b'] } }, []],
  [{ type: 'array', minItems: 1, items: { anyOf: [{ const: 'a' }, { const: 'b' }] } }, ['a']],
  // Not for a form, but a server may write it: the kind counts.
  [{ type: 'string', default: { odd: true } }, ''],
])('a required field without a usable default gets the smallest value: %j', (field, value) => {
  const schema = { type: 'object', properties: { it: field, other: { type: 'string' } }, required: ['it'] };
  expect(acceptableContent(schema)).toEqual({ it: value });
});

test.each([{}, { properties: [] }, { properties: { a: true }, required: 'a' }])(
  'a schema that is none asks for nothing: %j',
  (schema) => {
    expect(acceptableContent(schema)).toEqual({});
  },
);
