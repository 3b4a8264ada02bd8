import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, test } from 'vitest';

import { networkFailure } from '../../src/oauth/network-failure.js';

const failure = (thrown: unknown) => networkFailure(thrown, 'https://as.example/token', 'token');

/** As `fetch` throws it: a TypeError around the system's error. */
function thrown(code: string, message = 'why'): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
}

describe('what a fetch threw', () => {
  test.each([
    ['ENOTFOUND', 'dns_failed', 'dns'],
    ['EAI_AGAIN', 'dns_failed', 'dns'],
    ['ECONNREFUSED', 'connect_failed', 'connect'],
    ['EHOSTUNREACH', 'connect_failed', 'connect'],
    ['ECONNRESET', 'connection_lost', 'connect'],
    ['UND_ERR_SOCKET', 'connection_lost', 'connect'],
    ['ETIMEDOUT', 'timeout', 'token'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout', 'token'],
    ['CERT_HAS_EXPIRED', 'tls_failed', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_failed', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_failed', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_failed', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_failed', 'tls'],
    ['EPROTO', 'tls_failed', 'tls'],
    ['EWHATEVER', 'connect_failed', 'connect'],
  ])('%s is %s', (system, code, step) => {
    const error = failure(thrown(system));
    // A certificate that nobody but its owner can mend is no matter of the way.
    const fault = ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'].includes(system)
      ? 'server'
      : 'network';
    expect(error).toMatchObject({ code, step, fault, facts: { system, during: 'token' } });
    expect(error.message).toContain('as.example');
  });

  test('a proxy that says no', () => {
    expect(failure(thrown('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling')).code).toBe(
      'proxy_failed',
    );
  });

  test('the first of several attempts counts', () => {
    const attempts = new AggregateError([
      Object.assign(new Error('a'), { code: 'ECONNREFUSED' }),
      Object.assign(new Error('b'), { code: 'ETIMEDOUT' }),
    ]);
    expect(failure(new TypeError('fetch failed', { cause: attempts })).code).toBe('connect_failed');
  });

  test.each([undefined, null, 'text', 7])('%s is something, too', (value) => {
    expect(failure(value)).toMatchObject({ code: 'connect_failed', facts: { system: 'no reason given' } });
  });

  test('a reason of fetch itself is told', () => {
    const inner = new Error('bad port');
    expect(failure(new TypeError('fetch failed', { cause: inner }))).toMatchObject({
      code: 'connect_failed',
      message: expect.stringContaining('bad port'),
    });
  });

  test('a header value that cannot be sent is not repeated', () => {
    let reason: unknown;
    try {
      new Headers().set('x-key', 'sk-SECRET\nx');
    } catch (error) {
      reason = error;
    }
    const error = failure(reason);
    expect(JSON.stringify([error.message, error.facts])).not.toContain('SECRET');
    expect(error).toMatchObject({ code: 'connect_failed', facts: { system: 'no reason given' } });
  });

  test('a chain of causes without end ends', () => {
    const error = new Error('loop') as Error & { cause: unknown };
    error.cause = error;
    expect(failure(error).code).toBe('connect_failed');
  });

  test('no value of the query is in it', () => {
    const error = networkFailure(thrown('ECONNREFUSED'), 'https://mcp.example/mcp?key=SECRET', 'session');
    expect(error.facts['url']).toBe('https://mcp.example/mcp?key=…');
    expect(error.message).not.toContain('SECRET');
  });

  test('a certificate that is not trusted says what to do', () => {
    expect(failure(thrown('SELF_SIGNED_CERT_IN_CHAIN')).remedy?.do).toBe('say');
  });

  test('text of the other side is plain', () => {
    expect(failure(thrown('EPROTO', '\u001b[2Jalert')).message).not.toContain('\u001b');
  });
});

test('a port where nobody listens is a refused connection, not a lost one', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await fetch(`http://127.0.0.1:${port}/`).catch((reason: unknown) => failure(reason));
  expect(error).toMatchObject({ code: 'connect_failed', facts: { system: 'ECONNREFUSED' } });
});
