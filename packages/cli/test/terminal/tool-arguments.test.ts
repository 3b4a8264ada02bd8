import { describe, expect, test } from 'vitest';
import { judgeArguments } from '../../src/session/tool-arguments.js';

describe('what a schema has against an argument', () => {
  const judge = (property: object, value: unknown) =>
    judgeArguments({ properties: { k: property } }, { k: value });

  test.each([
    [{ type: 'string' }, 5, 'k takes string, so write k=5'],
    [{ type: 'string' }, ['a'], 'k takes string, so write k=TEXT'],
    [{ type: 'integer' }, 1.5, 'k takes integer, so write k:=1'],
    [{ type: 'number' }, '1', 'k takes number, so write k:=1'],
    [{ type: 'boolean' }, 0, 'k takes boolean, so write k:=true'],
    [{ type: 'array' }, {}, `k takes array, so write k:='["a"]'`],
    [{ type: 'object' }, [], `k takes object, so write k:='{"a": 1}'`],
    [{ type: 'string', enum: ['red', 'blue'] }, 'green', 'k takes one of "red"|"blue"'],
    [{ enum: [1, 2] }, '1', 'k takes one of 1|2'],
    [{ type: 'integer' }, 2, undefined],
    [{ type: 'null' }, null, undefined],
    [{ enum: [{ a: 1 }] }, { a: 1 }, undefined],
    [{ type: ['string', 'null'] }, 5, undefined],
    [{ type: 'constructor' }, 5, undefined],
    [true, 5, undefined],
  ])('%j and %j: %s', (property, value, says) => {
    expect(judge(property as object, value)).toBe(says);
  });
});
