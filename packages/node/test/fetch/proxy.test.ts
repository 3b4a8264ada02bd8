import { describe, expect, it } from 'vitest';
import { isProxied, namesProxy, proxyFor } from '../../src/fetch/proxy.js';

const P = 'http://proxy.example:3128';
const through = (url: string, env: Record<string, string>, loopback = false) =>
  proxyFor(new URL(url), env, loopback)?.href;

describe('proxyFor', () => {
  it('takes the variable of the scheme, small letters first, then ALL_PROXY', () => {
    expect(through('https://x.example', { HTTPS_PROXY: P })).toBe(`${P}/`);
    expect(through('http://x.example', { HTTPS_PROXY: P })).toBeUndefined();
    expect(through('https://x.example', { HTTP_PROXY: P })).toBeUndefined();
    expect(through('http://x.example', { http_proxy: P, HTTP_PROXY: 'http://other' })).toBe(`${P}/`);
    expect(through('https://x.example', { ALL_PROXY: 'socks5://s.example:1080' })).toBe(
      'socks5://s.example:1080',
    );
    expect(through('https://x.example', { HTTPS_PROXY: 'proxy.example:3128' })).toBe(`${P}/`);
    expect(through('https://x.example', { HTTPS_PROXY: '' })).toBeUndefined();
  });

  it.each([
    'http://localhost:1',
    'http://127.0.0.1:1',
    'http://127.9.9.9',
    'http://[::1]:1',
    'http://a.localhost',
  ])('never takes one for %s, unless asked', (url) => {
    expect(through(url, { ALL_PROXY: P })).toBeUndefined();
    expect(through(url, { ALL_PROXY: P }, true)).toBe(`${P}/`);
  });

  it.each([
    ['x.example', true],
    ['.example', true],
    ['*.example', true],
    ['*', true],
    ['other, x.example', true],
    ['other x.example', true],
    ['X.EXAMPLE', true],
    ['x.example:443', true],
    ['x.example:8443', false],
    ['y.x.example', false],
    ['ample', false],
    ['', false],
    [',', false],
  ])('obeys NO_PROXY=%s', (list, excepted) => {
    expect(through('https://x.example/p', { HTTPS_PROXY: P, NO_PROXY: list }) === undefined).toBe(excepted);
  });

  it('obeys NO_PROXY for subdomains and addresses', () => {
    const env = { ALL_PROXY: P, no_proxy: 'x.example,10.0.0.1,[fd00::1]:8080' };
    expect(through('https://a.x.example', env)).toBeUndefined();
    expect(through('https://ax.example', env)).toBe(`${P}/`);
    expect(through('http://10.0.0.1:99', env)).toBeUndefined();
    expect(through('http://[fd00::1]:8080', env)).toBeUndefined();
    expect(through('http://[fd00::1]', env)).toBe(`${P}/`);
    expect(through('http://[fd00::2]', { ALL_PROXY: P, no_proxy: '[fd00::2]' })).toBeUndefined();
  });

  it.each(['ftp://proxy.example', 'http://', ':::'])('says when the variable is no proxy: %s', (value) => {
    expect(() => through('https://x.example', { HTTPS_PROXY: value })).toThrowError(
      expect.objectContaining({ code: 'proxy_failed', fault: 'yours' }),
    );
  });

  it('shows no password of the proxy', () => {
    const env = { HTTPS_PROXY: 'ftp://user:hidden@proxy.example' };
    try {
      through('https://x.example', env);
      expect.unreachable();
    } catch (thrown) {
      expect(
        JSON.stringify(thrown) + String(thrown) + JSON.stringify((thrown as { facts: unknown }).facts),
      ).not.toContain('hidden');
    }
  });
});

describe('isProxied', () => {
  it.each([
    ['https://x.example', { HTTPS_PROXY: P }, true],
    ['https://x.example', { HTTP_PROXY: P }, false],
    ['https://x.example', { ALL_PROXY: P, NO_PROXY: 'x.example' }, false],
    ['http://127.0.0.1:1', { ALL_PROXY: P }, false],
    // What is wrong with it is said by the request.
    ['https://x.example', { ALL_PROXY: 'ftp://proxy.example' }, true],
    ['https://x.example', {}, false],
  ])('%s with %j: %s', (url, env, expected) => {
    expect(isProxied(new URL(url), env)).toBe(expected);
  });
});

describe('namesProxy', () => {
  it('is false where none is set', () => {
    expect(namesProxy({ NO_PROXY: '*', HTTPS_PROXY: '' })).toBe(false);
    expect(namesProxy({ all_proxy: P })).toBe(true);
  });
});
