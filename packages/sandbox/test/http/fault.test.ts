import { describe, expect, test } from 'vitest';
import { metadataOf, postForm, signIn } from '../support/oauth.js';
import { rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

test('strikes the next requests to its endpoint, and no others', async () => {
  const sandbox = await start('plain');
  sandbox.fault('token', { status: 503 }, 2);
  expect((await fetch(`${sandbox.issuer}/.well-known/oauth-authorization-server`)).status).toBe(200);
  const flow = await signIn(sandbox);
  expect((await flow.exchange()).status).toBe(503);
  expect((await flow.exchange()).status).toBe(503);
  expect((await flow.exchange()).status).toBe(200);
  expect(sandbox.log.of('token').map(({ fault, status }) => [fault, status])).toEqual([
    ['status', 503],
    ['status', 503],
    [undefined, 200],
  ]);
});

test('strikes one operation of the MCP endpoint', async () => {
  const sandbox = await start('plain', { protected: false });
  sandbox.fault('mcp tools/call', { status: 500, body: 'oops' });
  expect((await rpc(sandbox, 'tools/list')).status).toBe(200);
  const failed = await rpc(sandbox, 'tools/call', { name: 'whoami' });
  expect([failed.status, failed.text]).toEqual([500, 'oops']);
  expect((await rpc(sandbox, 'tools/call', { name: 'whoami' })).status).toBe(200);
});

describe('each fault', () => {
  test('429 with Retry-After', async () => {
    const sandbox = await start('plain');
    sandbox.fault('token', { status: 429, retryAfter: 7 });
    const answer = await postForm(`${sandbox.issuer}/token`, {});
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
  });

  test('a delay', async () => {
    const sandbox = await start('plain');
    sandbox.fault('metadata', { delay: 60 });
    const before = performance.now();
    expect(await metadataOf(sandbox)).toMatchObject({ issuer: sandbox.issuer });
    expect(performance.now() - before).toBeGreaterThan(55);
  });

  test('a web page', async () => {
    const sandbox = await start('plain');
    sandbox.fault('metadata', 'html');
    const answer = await fetch(`${sandbox.issuer}/.well-known/oauth-authorization-server`);
    expect(answer.headers.get('content-type')).toContain('text/html');
  });

  test('too much', async () => {
    const sandbox = await start('plain');
    sandbox.fault('metadata', 'oversize');
    const answer = await fetch(`${sandbox.issuer}/.well-known/oauth-authorization-server`);
    expect((await answer.text()).length).toBeGreaterThan(256 * 1024);
  });

  test('redirects without end, and one to somewhere', async () => {
    const sandbox = await start('plain');
    const url = `${sandbox.issuer}/.well-known/oauth-authorization-server`;
    sandbox.fault('metadata', 'redirects');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    sandbox.fault('metadata', { redirect: 'https://elsewhere.test/', status: 302 });
    const answer = await fetch(url, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://elsewhere.test/']);
  });

  test('a body that never ends', async () => {
    const sandbox = await start('plain');
    sandbox.fault('metadata', 'drip');
    const url = `${sandbox.issuer}/.well-known/oauth-authorization-server`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(200) });
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow('aborted');
  });

  test('a connection that breaks before anything was done', async () => {
    const sandbox = await start('plain');
    const flow = await signIn(sandbox);
    sandbox.fault('token', 'reset');
    await expect(flow.exchange()).rejects.toThrow('fetch failed');
    expect(sandbox.log.of('token')[0]).not.toHaveProperty('status');
    expect((await flow.exchange()).status).toBe(200);
  });

  test('an answer that is lost after the work was done', async () => {
    const sandbox = await start('plain');
    const flow = await signIn(sandbox);
    const { refresh_token: token } = (await flow.exchange()).json;
    sandbox.fault('token', 'lost');
    await expect(flow.refresh(token)).rejects.toThrow('fetch failed');
    expect((await flow.refresh(token)).json).toMatchObject({ error: 'invalid_grant' });
  });
});
