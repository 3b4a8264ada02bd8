import { expect, test } from 'vitest';
import { HOSTILE_TEXT } from '../src/index.js';
import { signIn } from './support/oauth.js';
import { newRpc, rpc } from './support/rpc.js';
import { sandboxes } from './support/sandboxes.js';

const start = sandboxes();

/** The page so far, and what is appended until it has that text. */
async function readPage(url: string, until: string): Promise<string> {
  const leave = new AbortController();
  const answer = await fetch(new URL('/', url), { headers: { accept: 'text/html' }, signal: leave.signal });
  const decoder = new TextDecoder();
  let html = '';
  for await (const chunk of answer.body ?? []) {
    html += decoder.decode(chunk as Uint8Array, { stream: true });
    if (html.includes(until)) break;
  }
  leave.abort();
  return html;
}

test('the root page shows what was asked and what was refused by which rule, as it happens', async () => {
  const sandbox = await start('plain');
  // Opened before anything has happened.
  const live = readPage(sandbox.url, 'code already used');
  await rpc(sandbox, 'tools/list');
  const flow = await signIn(sandbox, { scope: 'mcp:read' });
  const { json } = await flow.exchange();
  await newRpc(sandbox, 'tools/call', { name: 'whoami' }, { token: json['access_token'] });
  const again = await flow.exchange();
  expect(again.status).toBe(400);
  const html = await readPage(sandbox.url, 'code already used');
  for (const told of [
    'refused: no access token',
    '<strong>client registration</strong>',
    '<b>scope</b> mcp:read',
    '<strong>tools/call whoami</strong>',
    'refused: invalid_grant: code already used, grant revoked',
  ]) {
    expect(html).toContain(told);
  }
  // Shortened, here as in the log: enough to tell two apart.
  expect(html).not.toContain(String(json['access_token']));
  expect(html).not.toContain(String(json['refresh_token']));
  expect(html).toContain(String(json['access_token']).slice(0, 8));
  expect(await live).toContain('refused: no access token');
});

test('nothing that a client or a server sends is markup on it', async () => {
  const sandbox = await start('plain', { errorText: HOSTILE_TEXT, serverName: HOSTILE_TEXT });
  const markup = '<script>alert(1)</script><img src=x onerror=alert(1)>"\'&lt;';
  await rpc(sandbox, `tools/list${markup}`);
  await rpc(sandbox, 'tools/call', { name: `${markup}\u001b[31m\u202e` });
  await fetch(`${sandbox.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: markup, scope: markup, client_id: markup }),
  });
  await fetch(`${sandbox.issuer}/authorize?scope=${encodeURIComponent(markup)}`, {
    headers: { 'x-odd': 'a"b<c>' },
  });
  await fetch(`${sandbox.issuer}/${encodeURIComponent(markup)}`);
  const html = await readPage(sandbox.url, 'nothing is here');
  const body = html.slice(html.indexOf('<main>'));
  expect(body).not.toMatch(/<(?:script|img)/i);
  expect(
    body.replace(
      /<\/?(?:main|article|div|p|strong|code|ul|li|b|details|summary|pre)(?: class="[a-z ]+")?>/g,
      '',
    ),
  ).not.toMatch(/[<>]/);
  // oxlint-disable-next-line no-control-regex -- it is them that must not get through
  expect(body).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
});

test('it is for browsers only: a client that asks the root gets what was there, and the page is in no log', async () => {
  const sandbox = await start('plain');
  expect((await fetch(new URL('/', sandbox.url))).status).toBe(404);
  const { headers } = await fetch(new URL('/', sandbox.url), { headers: { accept: 'text/html' } });
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(sandbox.log.paths()).toEqual(['GET /']);
});
