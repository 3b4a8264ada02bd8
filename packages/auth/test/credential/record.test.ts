import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { CodecError, decodeRecord, emptyRecord, encodeRecord, recordName } from '../../src/index.js';
import { KEY, recordWith } from '../support/record.js';

const text = fc.string({ maxLength: 12 });
const whole = fc.maxSafeInteger().map((number) => (Object.is(number, -0) ? 0 : number));
const texts = fc.array(text, { maxLength: 3 });
const method = fc.constantFrom('none', 'client_secret_basic', 'client_secret_post');

/** Members that only a newer version knows, under names that no member of ours has. */
const unknown = fc.dictionary(
  fc.oneof(
    text.map((name) => `x-${name}`),
    fc.constantFrom('extra', '__proto__', 'constructor', 'toString', ''),
  ),
  fc.jsonValue({ maxDepth: 2 }).map((json): unknown => JSON.parse(JSON.stringify(json))),
  { maxKeys: 3 },
);

function model(
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
) {
  const known = fc.record(
    { ...required, ...optional },
    { requiredKeys: Object.keys(required) },
  ) as fc.Arbitrary<Record<string, unknown>>;
  // Not by spreading: a member called __proto__ would be lost on the way.
  return fc
    .tuple(known, unknown)
    .map(([ours, theirs]) => Object.fromEntries([...Object.entries(theirs), ...Object.entries(ours)]));
}

const client = model(
  {
    id: text,
    issuer: text,
    origin: fc.constantFrom('configured', 'metadata_document', 'registered'),
    authMethod: method,
    redirectUri: text,
  },
  {
    secret: text,
    secretExpiresAtS: whole,
    scopes: texts,
    registeredAtS: whole,
    registrationClientUri: text,
    registrationAccessToken: text,
  },
);
const grant = model(
  {
    issuer: text,
    endpoints: model({ token: text }, { authorization: text, registration: text, revocation: text }),
    client,
    requestedScopes: texts,
    tokens: model(
      { access: text, type: fc.constant('Bearer'), obtainedAtS: whole },
      { expiresAtS: whole, refusedAtS: whole, refresh: text },
    ),
    signedInAtS: whole,
  },
  {
    grantedScopes: texts,
    resource: text,
    identity: model({ subject: text }, { name: text, email: text }),
    deviations: texts,
  },
);
const record = model(
  { version: fc.constant(1), generation: whole, server: text, account: text },
  {
    grant,
    registration: client,
    signInNeeded: text,
    lastRefresh: model(
      { atS: whole, outcome: fc.constantFrom('renewed', 'refused', 'client_refused', 'failed') },
      { detail: text, code: text, failures: whole, nextAtS: whole },
    ),
  },
);

describe('a record', () => {
  test('survives being read and written, with the members of a newer version at every level', () => {
    fc.assert(
      fc.property(record, (json) => {
        const before = JSON.stringify(json, sortedKeys);
        const after = JSON.stringify(
          encodeRecord(decodeRecord(JSON.parse(JSON.stringify(json)))),
          sortedKeys,
        );
        expect(after).toBe(before);
      }),
      { numRuns: 200 },
    );
  });

  test('of anything is read or refused with a CodecError, never otherwise', () => {
    const otherwise = fc.tuple(record, fc.string(), fc.jsonValue()).map(([json, name, junk]) => {
      const names = Object.keys(json);
      return Object.assign(json, { [names[name.length % names.length] ?? '']: junk });
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), otherwise), (json) => {
        try {
          decodeRecord(json);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('does not change the prototype of anything', () => {
    const json = JSON.parse(
      '{"version":1,"generation":0,"server":"s","account":"a","__proto__":{"polluted":true}}',
    ) as unknown;
    const decoded = decodeRecord(json);
    expect((decoded as { polluted?: unknown }).polluted).toBeUndefined();
    expect((decoded.extra as { polluted?: unknown }).polluted).toBeUndefined();
    expect(JSON.stringify(encodeRecord(decoded))).toContain('"__proto__":{"polluted":true}');
  });

  test('of a newer version is refused, and nothing in it is guessed at', () => {
    expect(() => decodeRecord({ version: 2 })).toThrow('written by a newer one');
    for (const version of [0, -1, 1.5, '1', null, undefined, NaN]) {
      expect(() => decodeRecord({ ...encoded(), version })).toThrow('record.version is not');
    }
  });

  test('that is broken names the member and never a value', () => {
    const secret = 'THE-SECRET';
    const broken: readonly [at: string, value: unknown, named?: string][] = [
      ['grant.tokens.access', [secret]],
      ['grant.tokens.refresh', { secret }],
      ['grant.tokens.type', secret],
      ['grant.tokens.expiresAtS', secret],
      ['grant.client.secret', [secret]],
      ['grant.client.authMethod', secret],
      ['grant.requestedScopes', ['a', { secret }], 'grant.requestedScopes[1]'],
      ['grant', secret],
      ['lastRefresh', secret],
      ['server', undefined],
    ];
    for (const [at, value, named = at] of broken) {
      const message = thrownBy(() => decodeRecord(spoiled(at, value)));
      expect(message).toContain(`record.${named} is not `);
      expect(message).not.toContain(secret);
    }
    expect(thrownBy(() => decodeRecord([secret]))).toBe('CodecError: record is not an object');
  });

  test('shows its secrets only when it is written', () => {
    const value = recordWith({ access: 'AT-SECRET', refresh: 'RT-SECRET' });
    expect(JSON.stringify(value)).not.toMatch(/AT-SECRET|RT-SECRET/);
    expect(JSON.stringify(encodeRecord(value))).toMatch(/AT-SECRET.*RT-SECRET/);
  });

  test('is empty for a key that has none', () => {
    expect(emptyRecord(KEY)).toEqual({ version: 1, generation: 0, ...KEY });
  });
});

describe('the name of a key', () => {
  test('is 64 hexadecimal characters, always the same ones', async () => {
    // printf '%s\n%s' https://mcp.example/mcp default | sha256sum
    expect(await recordName(KEY)).toBe('609de0df18ba61b7870fc1dec9385010acb671f44a6b351edbd34380168757c5');
  });

  test('differs for another server and another account', async () => {
    const names = await Promise.all(
      [KEY, { ...KEY, account: 'b' }, { ...KEY, server: `${KEY.server}/` }].map(recordName),
    );
    expect(new Set(names).size).toBe(3);
  });
});

function encoded(): Record<string, unknown> {
  return encodeRecord(recordWith({ refresh: 'rt' })) as Record<string, unknown>;
}

/** A good record with something else at one place. */
function spoiled(at: string, value: unknown): unknown {
  const json = encoded();
  const names = at.split('.');
  const last = names.pop() ?? '';
  const parent = names.reduce((object, name) => object[name] as Record<string, unknown>, json);
  parent[last] = value;
  return json;
}

function thrownBy(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error('nothing was thrown');
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('a variant makes another name, and none the name of before there were any', async () => {
  const [plain, one, two] = await Promise.all([
    recordName(KEY),
    recordName({ ...KEY, variant: '{"client":"one"}' }),
    recordName({ ...KEY, variant: '{"client":"two"}' }),
  ]);
  expect(new Set([plain, one, two]).size).toBe(3);
});
