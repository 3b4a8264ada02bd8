import { McpassError } from '@mcpass/auth';
import { expect, test } from 'vitest';

import { LISTED, startLegacyServer, startModernServer } from './support/mcp-server.js';
import type { Exchange } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

const loginRequired = (): McpassError =>
  new McpassError('login_required', 'Sign in first.', { step: 'credential', fault: 'yours' });

/** Fails with this error whenever `isHit` says so. */
function failingFetch(
  error: Error,
  isHit: (method: string, body: string, init: RequestInit) => boolean,
): typeof fetch {
  return async (url, init = {}) => {
    if (isHit(init.method ?? 'GET', typeof init.body === 'string' ? init.body : '', init)) throw error;
    return await fetch(url, init);
  };
}

test.each([
  ['one of ours', loginRequired()],
  ['somebody else’s', new RangeError('their own business')],
])('what fetch throws comes out as it is: %s, while connecting', async (_, error) => {
  await using server = await startModernServer({});
  const thrown = await rejection(openTestSession(server, { fetch: failingFetch(error, () => true) }));
  expect(thrown).toBe(error);
});

test.each(['initialize', 'notifications/initialized'])('…at %s', async (method) => {
  const error = loginRequired();
  await using server = await startLegacyServer({});
  const broken = failingFetch(error, (_, body) => body.includes(`"${method}"`));
  expect(await rejection(openTestSession(server, { fetch: broken }))).toBe(error);
});

test.each(['modern', 'legacy'])('…while listing, calling, reading and prompting a %s server', async (era) => {
  const error = loginRequired();
  let isSignedIn = true;
  const start = era === 'modern' ? startModernServer : startLegacyServer;
  const tools = [{ name: 't', inputSchema: { type: 'object' } }];
  await using server = await start({ 'tools/list': (exchange) => exchange.result({ ...LISTED, tools }) });
  await using opened = await openTestSession(server, { fetch: failingFetch(error, () => !isSignedIn) });
  const { session } = opened;
  await session.listTools();
  isSignedIn = false;
  expect(await rejection(session.listTools())).toBe(error);
  expect(await rejection(session.listPrompts())).toBe(error);
  expect(await rejection(session.callTool('t'))).toBe(error);
  expect(await rejection(session.readResource('x:y'))).toBe(error);
  expect(await rejection(session.getPrompt('p'))).toBe(error);
});

test('…while the greeting falls back to an older way', async () => {
  const error = loginRequired();
  await using server = await startLegacyServer({
    'server/discover': (exchange) => exchange.raw(500),
    initialize: (exchange) => exchange.raw(404),
  });
  const atInitialize = failingFetch(error, (_, body) => body.includes('"initialize"'));
  expect(await rejection(openTestSession(server, { fetch: atInitialize }))).toBe(error);
});

test('a stream for questions that fetch refuses is no stream, and no reason not to call', async () => {
  await using server = await startLegacyServer({
    'tools/call': (exchange) => exchange.result({ content: [] }),
  });
  const broken = failingFetch(loginRequired(), (method) => method === 'GET');
  await using opened = await openTestSession(server, { fetch: broken });
  expect(await opened.session.callTool('t')).toEqual({ content: [] });
  expect(await opened.session.callTool('t')).toEqual({ content: [] });
});

test('a stream for questions that the network denies is no reason not to call', async () => {
  await using server = await startLegacyServer({
    GET: (exchange) => exchange.cut(),
    'tools/call': (exchange) => exchange.result({ content: [] }),
  });
  await using opened = await openTestSession(server);
  expect(await opened.session.callTool('t')).toEqual({ content: [] });
});

test('…while the stream of a call is resumed, at once and without trying again', async () => {
  const error = loginRequired();
  let resumed = 0;
  await using server = await startLegacyServer({
    'tools/call': (exchange) => {
      const stream = exchange.stream();
      stream.write('id: e-1\nretry: 10\ndata:\n\n');
      stream.end();
    },
  });
  const broken = failingFetch(error, (_method, _body, init) => {
    const isResuming = new Headers(init.headers).has('last-event-id');
    if (isResuming) resumed += 1;
    return isResuming;
  });
  await using opened = await openTestSession(server, { fetch: broken });
  expect(await rejection(opened.session.callTool('t'))).toBe(error);
  expect(resumed).toBe(1);
});

test('a stream for questions that fetch refuses to open again is not asked for any more', async () => {
  let streams = 0;
  await using server = await startLegacyServer({
    GET: (exchange: Exchange) => {
      const stream = exchange.stream();
      stream.write('retry: 10\nid: e-1\ndata:\n\n');
      setTimeout(() => stream.end(), 50);
    },
    'tools/call': () => undefined,
  });
  const broken = failingFetch(loginRequired(), (method) => method === 'GET' && (streams += 1) > 1);
  await using opened = await openTestSession(server, { fetch: broken, requestTimeoutMs: 1500 });
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'timeout' });
  expect(streams).toBe(2);
});

test.each([
  ['ENOTFOUND', 'dns_failed'],
  ['ECONNREFUSED', 'connect_failed'],
  ['ECONNRESET', 'connection_lost'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['CERT_HAS_EXPIRED', 'tls_failed'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_failed'],
])('what only says that the network failed gets a code: %s', async (systemCode, code) => {
  const error = new TypeError('fetch failed', {
    cause: Object.assign(new Error('why'), { code: systemCode }),
  });
  await using server = await startModernServer({});
  const thrown = await rejection(openTestSession(server, { fetch: failingFetch(error, () => true) }));
  // Nobody on the way can renew a certificate.
  const fault = systemCode === 'CERT_HAS_EXPIRED' ? 'server' : 'network';
  expect(thrown).toMatchObject({ name: 'McpassError', code, fault, cause: error });
});

test('a timeout of the given fetch is a timeout', async () => {
  await using server = await startModernServer({ 'prompts/get': () => undefined });
  let isGreeted = false;
  const impatient: typeof fetch = async (url, init) =>
    // Only the request that is never answered: the greeting may take its time.
    await fetch(url, isGreeted ? { ...init, signal: AbortSignal.timeout(40) } : init);
  await using opened = await openTestSession(server, { fetch: impatient });
  isGreeted = true;
  expect(await rejection(opened.session.getPrompt('p'))).toMatchObject({ code: 'timeout' });
});

test.each(['while connecting', 'while calling', 'on the stream for questions'])(
  'a header value that cannot be sent is not repeated, %s',
  async (when) => {
    await using server = await startLegacyServer({
      'tools/call': (exchange) => exchange.result({ content: [] }),
    });
    const hit = { 'while connecting': 'server/discover', 'while calling': 'tools/call' }[when];
    const careless: typeof fetch = async (url, init = {}) => {
      const body = typeof init.body === 'string' ? init.body : '';
      const headers = new Headers(init.headers);
      // As Node does it: `Headers.set: "…" is an invalid header value.`
      if (hit === undefined ? init.method === 'GET' : body.includes(hit))
        headers.set('x-key', 'sk-SECRET\nx');
      return await fetch(url, { ...init, headers });
    };
    const notices: unknown[] = [];
    const attempt = async (): Promise<void> => {
      await using opened = await openTestSession(server, {
        fetch: careless,
        onNotice: (notice) => notices.push(notice),
      });
      await opened.session.callTool('t');
    };
    const error = await attempt().catch((reason: unknown) => reason);
    expect(String(error)).not.toContain('SECRET');
    expect(JSON.stringify(notices)).not.toContain('SECRET');
    if (hit !== undefined) {
      expect(error).toMatchObject({ code: 'connect_failed' });
      expect(String(error)).toContain('no reason given');
    }
  },
);
