import { assert, oneof, property, string } from 'fast-check';
import { expect, test } from 'vitest';

import { encodeHeaderValue, headersForArguments, judgeHeaderMarks } from '../../src/message/tool-headers.js';

const marked = (name: unknown, type: unknown = 'string') => ({ type, 'x-mcp-header': name });
const schemaOf = (properties: object) => ({ type: 'object', properties });

test('marks are found through properties, at any depth', () => {
  const schema = schemaOf({
    a: marked('A'),
    deep: schemaOf({ b: marked('B', 'integer') }),
    c: { type: 'number' },
  });
  expect(judgeHeaderMarks(schema)).toEqual({
    valid: true,
    marks: [
      { path: ['a'], name: 'A' },
      { path: ['deep', 'b'], name: 'B' },
    ],
  });
});

test.each([undefined, null, true, 'x', {}, { type: 'object' }, schemaOf({ x: true })])(
  'a schema without marks is fine: %j',
  (schema) => {
    expect(judgeHeaderMarks(schema)).toEqual({ valid: true, marks: [] });
  },
);

test.each([
  ['empty', schemaOf({ a: marked('') })],
  ['not a string', schemaOf({ a: marked(7) })],
  ['with a space', schemaOf({ a: marked('A B') })],
  ['with a colon', schemaOf({ a: marked('A:') })],
  ['with a line break', schemaOf({ a: marked('A\r\nX: y') })],
  ['beyond ASCII', schemaOf({ a: marked('Ä') })],
  ['on a number', schemaOf({ a: marked('A', 'number') })],
  ['on an object', schemaOf({ a: marked('A', 'object') })],
  ['on several types', schemaOf({ a: marked('A', ['string', 'null']) })],
  ['on no type', schemaOf({ a: { 'x-mcp-header': 'A' } })],
  ['twice', schemaOf({ a: marked('A'), b: marked('A') })],
  ['twice but for case', schemaOf({ a: marked('A'), b: schemaOf({ c: marked('a') }) })],
  ['on the schema itself', marked('A')],
  ['in items', schemaOf({ a: { type: 'array', items: marked('A') } })],
  ['in a choice', { oneOf: [{}, schemaOf({ a: marked('A') })] }],
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  ['in a condition', { then: schemaOf({ a: marked('A') }) }],
  ['in a definition', { $defs: { x: marked('A') } }],
  ['behind another definition', { definitions: { x: schemaOf({ a: marked('A') }) } }],
  ['too deep', JSON.parse('{"not":'.repeat(200) + '{}' + '}'.repeat(200))],
])('a mark %s makes the tool invalid', (_, schema) => {
  expect(judgeHeaderMarks(schema)).toMatchObject({ valid: false });
});

test('data that looks like a mark is none', () => {
  const schema = schemaOf({
    a: { type: 'object', default: { 'x-mcp-header': 'A' }, enum: [{ 'x-mcp-header': 'A' }] },
    'x-mcp-header': { type: 'string' },
  });
  expect(judgeHeaderMarks(schema)).toEqual({ valid: true, marks: [] });
});

// The table "Encoding examples" of the specification, and what its text says besides.
test.each([
  ['us-west1', 'us-west1'],
  ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
  [' padded ', '=?base64?IHBhZGRlZCA=?='],
  ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
  ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
  ['a b', 'a b'],
  ['', ''],
  ['a\tb', '=?base64?YQli?='],
])('%j is sent as %j', (text, header) => {
  expect(encodeHeaderValue(text)).toBe(header);
});

test('whatever the text, the header can be sent and read back', () => {
  assert(
    property(oneof(string(), string({ unit: 'binary' })), (text) => {
      const header = new Headers({ x: encodeHeaderValue(text) }).get('x') ?? '';
      const encoded = /^=\?base64\?(.*)\?=$/.exec(header)?.[1];
      expect(encoded === undefined ? header : Buffer.from(encoded, 'base64').toString()).toBe(
        // A lone half of a pair has no UTF-8 form.
        Buffer.from(text).toString(),
      );
    }),
  );
});

test('values become headers by their kind; what is absent or null has none', () => {
  const names = ['text', 'whole', 'flag', 'empty', 'none', 'list', 'huge', 'absent'];
  const marks = names.map((name) => ({ path: ['in', name], name }));
  const values = { text: 'a', whole: -7, flag: false, empty: '', none: null, list: [1], huge: 2 ** 53 };
  expect(headersForArguments(marks, { in: values })).toEqual({
    'Mcp-Param-text': 'a',
    'Mcp-Param-whole': '-7',
    'Mcp-Param-flag': 'false',
    'Mcp-Param-empty': '',
  });
  expect(headersForArguments(marks, undefined)).toEqual({});
  expect(headersForArguments([{ path: ['toString', 'name'], name: 'X' }], {})).toEqual({});
});
