import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaste } from '../../src/sign-in/paste.js';

describe('parsePaste', () => {
  it.each([
    'http://127.0.0.1:41000/callback?code=abc&state=s1',
    '  http://localhost:41000/callback?code=abc&state=s1#_=_  ',
    '?code=abc&state=s1',
    'code=abc&state=s1',
    '"https://tunnel.example/cb?code=abc&state=s1"',
    '<http://127.0.0.1:1/callback?state=s1&code=abc>',
    '127.0.0.1:41000/callback?code=abc&state=s1',
  ])('reads %s', (line) => {
    const pasted = parsePaste(line);
    expect(pasted.kind).toBe('callback');
    if (pasted.kind !== 'callback') return;
    expect(pasted.parameters.get('code')).toBe('abc');
    expect(pasted.parameters.get('state')).toBe('s1');
  });

  it('reads a refusal', () => {
    const pasted = parsePaste(
      'http://127.0.0.1:1/callback?error=access_denied&error_description=No+way&state=s1',
    );
    expect(pasted).toMatchObject({ kind: 'callback' });
  });

  it('takes no bare code: nobody could tell whose it is', () => {
    expect(parsePaste('4/0AX4XfWh-abc')).toMatchObject({ kind: 'other' });
    expect(parsePaste('code=abc')).toMatchObject({
      kind: 'other',
      hint: expect.stringContaining('state') as string,
    });
  });

  it('knows the address to open from the address to paste', () => {
    const line = 'https://as.example/authorize?response_type=code&state=s1&code_challenge=x';
    expect(parsePaste(line)).toMatchObject({
      kind: 'other',
      hint: expect.stringContaining('ended on') as string,
    });
  });

  it.each(['', '   ', '""'])('takes %j for nothing', (line) => {
    expect(parsePaste(line).kind).toBe('empty');
  });

  it('gives back whatever code, state and iss a redirect carried', () => {
    const value = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' });
    fc.assert(
      fc.property(value, value, fc.webUrl(), fc.boolean(), (code, state, iss, whole) => {
        const query = new URLSearchParams({ code, state, iss }).toString();
        const pasted = parsePaste(whole ? `http://127.0.0.1:41000/callback?${query}` : query);
        expect(pasted.kind).toBe('callback');
        if (pasted.kind !== 'callback') return;
        const lossless = Object.fromEntries(new URLSearchParams(query));
        expect(Object.fromEntries(pasted.parameters)).toEqual(lossless);
      }),
    );
  });

  it('survives every line', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (line) => void parsePaste(line)));
  });
});
