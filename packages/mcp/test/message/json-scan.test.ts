import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEnvelope } from '../../src/message/envelope.js';
import { createEventReader, type ServerEvent } from '../../src/transport/event-stream.js';
import { findMember, stringAt, valueAt } from '../../src/message/json-scan.js';
import { createLineReader } from '../../src/transport/line-reader.js';
import { insertMembers, splice } from '../../src/message/splice.js';

/* The scanner against JSON.parse: for every message it must find what a parser finds. */

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '/', '\n', '\u0000', '{', '}', '[', ']', ':', ',', 'é', '😀', 'a'),
  }),
  fc.string({ minLength: 40, maxLength: 120 }),
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(text, tie('any'), { maxKeys: 4 }),
  ),
})).any;
const object = fc.dictionary(fc.oneof(text, fc.constantFrom('name', 'uri', '_meta')), value, { maxKeys: 6 });
const message = fc.record(
  {
    jsonrpc: fc.constant('2.0'),
    id: fc.oneof(fc.integer(), text),
    method: text,
    params: object,
    extra: value,
    'id ': value,
  },
  { requiredKeys: [] },
);

/** JSON text with white space and escapes where the grammar allows them. */
const written = (json: unknown, spaces: string, escapes: boolean): string => {
  const plain = JSON.stringify(json, undefined, spaces);
  // Every letter of a key or a string may be written as an escape.
  return escapes
    ? plain.replace(
        /(?<=")(?:id|method|params|name)(?=":)/g,
        (key) => `\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}`,
      )
    : plain;
};

const shuffled = message.chain((one) =>
  fc
    .shuffledSubarray(Object.keys(one), { minLength: Object.keys(one).length })
    .map((keys) => Object.fromEntries(keys.map((key) => [key, (one as Record<string, unknown>)[key]]))),
);

describe('the scanner', () => {
  test('finds id, method and params whatever the order, the white space and the escapes', () => {
    fc.assert(
      fc.property(shuffled, fc.constantFrom('', ' ', '\t'), fc.boolean(), (one, spaces, escapes) => {
        const bytes = Buffer.from(written(one, spaces, escapes));
        const parsed = JSON.parse(bytes.toString()) as Record<string, unknown>;
        const envelope = readEnvelope(bytes);
        if (typeof parsed['method'] !== 'string') {
          expect(envelope.kind).toBe('malformed');
          return;
        }
        if (envelope.kind === 'malformed' || envelope.kind === 'batch') throw new Error(envelope.kind);
        expect(envelope.kind).toBe(parsed['id'] === undefined ? 'notification' : 'request');
        expect(envelope.id).toBe(JSON.stringify(parsed['id']));
        expect(envelope.method).toBe(parsed['method']);
        expect(valueAt(bytes, envelope.params)).toEqual(parsed['params']);
      }),
      { numRuns: 2_000 },
    );
  });

  test('finds a member as a parser does, also when its name is repeated', () => {
    fc.assert(
      fc.property(object, text, text, (one, name, last) => {
        const body = JSON.stringify({ ...one, [name]: 1 }).slice(0, -1);
        const bytes = Buffer.from(`${body},${JSON.stringify(name)}:${JSON.stringify(last)}}`);
        const parsed = JSON.parse(bytes.toString()) as Record<string, unknown>;
        const span = { start: 0, end: bytes.length };
        expect(stringAt(bytes, findMember(bytes, span, name))).toBe(parsed[name]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('takes no beginning of a message for a message', () => {
    fc.assert(
      fc.property(message, fc.nat(), (one, cut) => {
        const bytes = Buffer.from(JSON.stringify(one));
        expect(readEnvelope(bytes.subarray(0, cut % bytes.length)).kind).toBe('malformed');
      }),
    );
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readEnvelope(Buffer.from(bytes))),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', 'id', 'null', ' ') }),
        (one) => {
          const bytes = Buffer.from(one);
          let isJson = true;
          try {
            JSON.parse(one);
          } catch {
            isJson = false;
          }
          const { kind } = readEnvelope(bytes);
          // What a parser takes, the scanner takes; the other way round only the outside is judged.
          if (isJson && one.trim().startsWith('[')) expect(kind).toBe('batch');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('knows ids that are the same although they are written differently', () => {
    const idOf = (id: string) => {
      const envelope = readEnvelope(Buffer.from(`{"id":${id},"result":{}}`));
      return envelope.kind === 'response' ? envelope.id : envelope.kind;
    };
    expect(idOf('"\\u0061"')).toBe(idOf('"a"'));
    expect(idOf('1.0')).toBe(idOf('1'));
    expect(idOf('1e2')).toBe(idOf('100'));
    expect(idOf('"1"')).not.toBe(idOf('1'));
    expect(idOf('null')).toBe('malformed');
    expect(idOf('01')).toBe('malformed');
  });

  test('puts members into an object and leaves every other byte', () => {
    fc.assert(
      fc.property(object, (one) => {
        const bytes = Buffer.from(JSON.stringify(one));
        // As JSON has it, which knows no -0.
        const received = JSON.parse(bytes.toString()) as object;
        const changed = splice(bytes, [insertMembers(bytes, 0, '"~~new~~":[1]')]);
        expect(JSON.parse(changed.toString())).toEqual({ '~~new~~': [1], ...received });
        expect(changed.subarray(-bytes.length + 1).equals(bytes.subarray(1))).toBe(true);
      }),
    );
  });
});

/** Cuts bytes at the given places. */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const at = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
};

describe('streams', () => {
  test('lines are the same however the bytes arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat()), (lines, places) => {
        const clean = lines.map((line) => line.replaceAll('\n', ' '));
        const got: string[] = [];
        const reader = createLineReader({
          limit: 1_000_000,
          onLine: (line) => void got.push(line.toString()),
          onOverflow: () => expect.unreachable(),
        });
        for (const chunk of cut(Buffer.from(clean.map((line) => `${line}\n`).join('')), places))
          reader.push(chunk);
        expect(got).toEqual(clean);
        expect(reader.rest()).toHaveLength(0);
      }),
    );
  });

  test('a line that is too long is passed over, and the next one is read', () => {
    const got: string[] = [];
    let overflows = 0;
    const reader = createLineReader({
      limit: 10,
      onLine: (line) => void got.push(line.toString()),
      onOverflow: () => (overflows += 1),
    });
    for (const part of ['12345', '6789', '0123', '456\nshort\n', 'x'.repeat(30), '\nend\n'])
      reader.push(Buffer.from(part));
    expect(got).toEqual(['short', 'end']);
    expect(overflows).toBe(2);
  });

  test('events are the same however the bytes arrive and whatever ends the lines', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            data: fc.stringMatching(/^[^\n\r\0]{1,20}$/),
            id: fc.stringMatching(/^[a-z0-9]{0,5}$/),
          }),
        ),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat()),
        (events, end, places) => {
          const stream = events
            .map(({ data, id }) => `: note${end}id: ${id}${end}data: ${data}${end}data:2${end}${end}`)
            .join('');
          const got: ServerEvent[] = [];
          const ids: string[] = [];
          const reader = createEventReader({
            limit: 1_000_000,
            onEvent: (event) => void got.push(event),
            onId: (id) => void ids.push(id),
            onRetry: () => undefined,
            onOverflow: () => undefined,
          });
          for (const chunk of cut(Buffer.from(stream), places)) reader.push(chunk);
          expect(got.map(({ data }) => data.toString())).toEqual(events.map(({ data }) => `${data}\n2`));
          expect(ids).toEqual(events.map(({ id }) => id));
        },
      ),
    );
  });
});
