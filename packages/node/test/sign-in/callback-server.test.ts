import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsentRequest, CallbackServer, RedirectWish } from '@mcpass/auth';
import { afterEach, describe, expect, it } from 'vitest';
import type { UserOptions } from '../../src/sign-in/callback-server.js';
import { createUser } from '../../src/sign-in/user.js';
import { readSurroundings } from '../../src/surroundings.js';

const open: CallbackServer[] = [];
let ending = new AbortController();
afterEach(async () => {
  ending.abort();
  ending = new AbortController();
  await Promise.all(open.splice(0).map((callbackServer) => callbackServer.close()));
});

const nowhere = readSurroundings({ env: {}, platform: 'linux', terminal: false });

async function receive(wish: RedirectWish = {}, options: Partial<UserOptions> = {}) {
  const said: string[] = [];
  const user = createUser({ say: (line) => said.push(line), surroundings: nowhere, env: {}, ...options });
  const callbackServer = await user.receive(wish);
  open.push(callbackServer);
  const { signal } = ending;
  // What is not over with its test is told nobody.
  const ask: CallbackServer['ask'] = (request) =>
    new Promise((resolve, reject) => {
      callbackServer
        .ask({ signal, ...request })
        .then(resolve, (thrown: Error) => signal.aborted || reject(thrown));
    });
  return { callbackServer: { ...callbackServer, ask }, said };
}

const consent = (changes: Partial<ConsentRequest> = {}): ConsentRequest => ({
  authorizationUrl: 'https://login.example.com/authorize?response_type=code&state=s1',
  server: 'https://mcp.example.com/mcp',
  issuer: 'https://as.example.com',
  clientId: 'client-1',
  redirectUri: 'http://127.0.0.1:1/callback',
  scopes: ['read', 'write'],
  timeoutMs: 10_000,
  accepts: (parameters) => parameters.get('state') === 's1',
  ...changes,
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function get(
  uri: string,
  options: { method?: string; headers?: Record<string, string>; address?: string } = {},
): Promise<Answer> {
  const url = new URL(uri);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: options.address ?? '127.0.0.1',
        port: url.port,
        path: url.pathname + url.search,
        method: options.method ?? 'GET',
        headers: { host: url.host, ...options.headers },
        agent: false,
      },
      (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** A port that a program of somebody else listens on. */
async function squat(host: string, port = 0): Promise<{ port: number; close: () => void }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port, host, ipv6Only: true }, resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => server.close(),
  };
}

describe('the redirect URI', () => {
  it('is the IPv4 literal at a free port, with localhost as its other spelling', async () => {
    const { callbackServer } = await receive();
    expect(callbackServer.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    expect(callbackServer.alternatives).toEqual([
      callbackServer.redirectUri.replace('127.0.0.1', 'localhost'),
    ]);
  });

  it('turns round when localhost is wanted', async () => {
    const { callbackServer } = await receive({ host: 'localhost', path: '/oauth/callback' });
    expect(callbackServer.redirectUri).toMatch(/^http:\/\/localhost:\d+\/oauth\/callback$/);
    expect(callbackServer.alternatives).toEqual([
      callbackServer.redirectUri.replace('localhost', '127.0.0.1'),
    ]);
  });

  it('is the earlier one again when its port is free', async () => {
    const { callbackServer: first } = await receive({ path: '/cb' });
    await first.close();
    const earlier = first.redirectUri.replace('127.0.0.1', 'localhost');
    const { callbackServer } = await receive({ earlier });
    expect(callbackServer.redirectUri).toBe(earlier);
  });

  it('has another port when the earlier one is taken', async () => {
    const taken = await squat('127.0.0.1');
    const earlier = `http://127.0.0.1:${taken.port}/callback`;
    const { callbackServer } = await receive({ earlier });
    expect(callbackServer.redirectUri).not.toBe(earlier);
    taken.close();
  });

  it.each(['127.0.0.1', '::1'])('says port_in_use when a fixed port is taken at %s', async (host) => {
    const taken = await squat(host);
    await expect(receive({ port: taken.port })).rejects.toMatchObject({
      code: 'port_in_use',
      step: 'authorization',
      message: `Port ${taken.port} is in use by another program.`,
      facts: { port: taken.port },
    });
    taken.close();
  });

  it('is replaced whole by a callback URL, whose host is let in', async () => {
    const free = await squat('127.0.0.1');
    free.close();
    const url = 'https://tunnel.example.com/mcp/callback';
    const { callbackServer } = await receive({ url, port: free.port });
    expect(callbackServer.redirectUri).toBe(url);
    expect(callbackServer.alternatives).toEqual([]);
    const answer = callbackServer.ask(consent());
    const page = get(`http://127.0.0.1:${free.port}/mcp/callback?code=c&state=s1`, {
      headers: { host: 'tunnel.example.com' },
    });
    expect((await answer).get('code')).toBe('c');
    await callbackServer.settle({ ok: true });
    expect((await page).status).toBe(200);
  });

  it('is answered on ::1 too, because localhost may mean that', async () => {
    const { callbackServer } = await receive();
    const answer = await get(`${callbackServer.redirectUri}?state=x`, { address: '::1' });
    expect(answer.status).toBe(400);
  });
});

describe('the callback', () => {
  it('is taken once, held until the end is known, and then shown', async () => {
    const { callbackServer } = await receive();
    const waiting = callbackServer.ask(consent());
    let shown = false;
    const page = get(`${callbackServer.redirectUri}?code=c1&state=s1&iss=https%3A%2F%2Fas.example.com`).then(
      (answer) => {
        shown = true;
        return answer;
      },
    );
    expect(Object.fromEntries(await waiting)).toEqual({
      code: 'c1',
      state: 's1',
      iss: 'https://as.example.com',
    });
    await delay(30);
    expect(shown).toBe(false);
    await callbackServer.settle({ ok: true });
    const answer = await page;
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('You are signed in');
    expect(answer.body).toContain('You can close this window and return to the terminal.');
    const second = await get(`${callbackServer.redirectUri}?code=c1&state=s1`);
    expect(second.status).toBe(409);
    expect(second.body).toContain('Already finished');
  });

  it('shows why it failed, with foreign text made harmless', async () => {
    const { callbackServer } = await receive();
    const waiting = callbackServer.ask(consent());
    const page = get(`${callbackServer.redirectUri}?error=access_denied&state=s1`);
    await waiting;
    await callbackServer.settle({
      ok: false,
      message: 'The server says "<script>alert(1)</script>\u001b[31m".',
    });
    const answer = await page;
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(answer.body).not.toContain('<script>alert');
    expect(answer.body).not.toContain('\u001b');
  });

  it('of another attempt is answered, and the wait goes on', async () => {
    const { callbackServer } = await receive();
    const waiting = callbackServer.ask(consent());
    for (const query of ['?code=evil&state=s2', '?code=evil', '', '?error=access_denied']) {
      const answer = await get(callbackServer.redirectUri + query);
      expect(answer.status).toBe(400);
      expect(answer.body).not.toContain('s1');
    }
    const page = get(`${callbackServer.redirectUri}?code=good&state=s1`);
    expect((await waiting).get('code')).toBe('good');
    await callbackServer.settle({ ok: true });
    await page;
  });

  it('before anything was asked is turned away', async () => {
    const { callbackServer } = await receive();
    expect((await get(`${callbackServer.redirectUri}?code=c&state=s1`)).status).toBe(400);
  });

  it('may be long: codes of many kilobytes are real', async () => {
    const { callbackServer } = await receive();
    const waiting = callbackServer.ask(consent());
    const code = 'x'.repeat(40_000);
    const page = get(`${callbackServer.redirectUri}?code=${code}&state=s1`);
    expect((await waiting).get('code')).toBe(code);
    await callbackServer.settle({ ok: true });
    await page;
  });

  it('is told so when the sign-in is given up while its browser waits', async () => {
    const { callbackServer } = await receive();
    const waiting = callbackServer.ask(consent());
    const page = get(`${callbackServer.redirectUri}?code=c&state=s1`);
    await waiting;
    await callbackServer.close();
    const answer = await page;
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('The sign-in was stopped');
  });
});

describe('everything else that comes to the listener', () => {
  it.each([
    ['another path', '/favicon.ico', {}, 404],
    ['a longer path', '/callback/', {}, 404],
    ['an odd path', '//callback', {}, 404],
    ['HEAD', '/callback?code=c&state=s1', { method: 'HEAD' }, 200],
    ['POST', '/callback?code=c&state=s1', { method: 'POST' }, 405],
    ['a preflight', '/callback', { method: 'OPTIONS' }, 405],
    ['a rebound name', '/callback?code=c&state=s1', { headers: { host: 'evil.example' } }, 403],
    [
      'a name that only looks local',
      '/callback?code=c&state=s1',
      { headers: { host: '127.0.0.1.evil.example' } },
      403,
    ],
  ])('is answered and forgotten: %s', async (_name, path, options, status) => {
    const { callbackServer } = await receive();
    let ended = false;
    void callbackServer.ask(consent()).then(() => (ended = true));
    const answer = await get(new URL(callbackServer.redirectUri).origin + path, options);
    expect(answer.status).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['connection']).toBe('close');
    await delay(5);
    expect(ended).toBe(false);
  });

  it('gets pages that load, run, keep and pass on nothing', async () => {
    const { callbackServer } = await receive();
    const { headers, body } = await get(`${callbackServer.redirectUri}?state=x`);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; /);
    expect(policy).not.toContain('unsafe');
    expect(body).not.toMatch(/https?:|\ssrc=|href=/);
  });

  it('does not hold the listener open', async () => {
    const { callbackServer } = await receive();
    const { port } = new URL(callbackServer.redirectUri);
    const idle = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const gone = new Promise((resolve) => idle.once('close', resolve));
    await callbackServer.close();
    await gone;
    await expect(get(callbackServer.redirectUri)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('waiting', () => {
  it('ends with login_timeout', async () => {
    const { callbackServer } = await receive();
    await expect(callbackServer.ask(consent({ timeoutMs: 30 }))).rejects.toMatchObject({
      code: 'login_timeout',
      remedy: { do: 'sign_in' },
    });
  });

  it('ends with interrupted when the signal says so, also before it began', async () => {
    const { callbackServer } = await receive();
    const stop = new AbortController();
    const waiting = callbackServer.ask(consent({ signal: stop.signal }));
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    await expect(callbackServer.ask(consent({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('is refused at once under CI without a browser', async () => {
    const surroundings = { ...nowhere, ci: true };
    await expect(receive({}, { surroundings })).rejects.toMatchObject({ code: 'login_required' });
    const env = { BROWSER: 'true' };
    await expect(receive({}, { surroundings, env })).resolves.toBeDefined();
  });
});

describe('what the person sees', () => {
  it('is who asks for what, and the address alone on its line', async () => {
    const { callbackServer, said } = await receive({}, { name: 'example', noBrowser: true });
    await expect(callbackServer.ask(consent({ timeoutMs: 20 }))).rejects.toMatchObject({
      code: 'login_timeout',
    });
    expect(said).toEqual([
      'Sign in to example at https://mcp.example.com/mcp',
      '  authorization server  https://as.example.com',
      '  sign-in page          https://login.example.com',
      '  client                client-1',
      '  asking for            read write',
      '',
      'Open this address:',
      'https://login.example.com/authorize?response_type=code&state=s1',
      '',
      'No browser was opened: open the address yourself.',
      'Waiting up to 1 second.',
    ]);
  });

  it('shows look-alike letters in a host for what they are', async () => {
    const { callbackServer, said } = await receive();
    await expect(
      callbackServer.ask(consent({ timeoutMs: 20, issuer: 'https://ex\u0430mple.com' })),
    ).rejects.toMatchObject({ code: 'login_timeout' });
    expect(said[1]).toMatch(/^  authorization server  https:\/\/xn--/);
  });

  it('has no control characters of others in it', async () => {
    const { callbackServer, said } = await receive();
    const request = consent({
      timeoutMs: 20,
      clientId: 'x\u001b]0;evil\u0007',
      scopes: ['a\nb'],
      authorizationUrl: 'https://as.example.com/authorize?x=\u202e"\u001b[31m',
    });
    await expect(callbackServer.ask(request)).rejects.toMatchObject({ code: 'login_timeout' });
    expect(said.join('')).toMatch(/^[\x20-\x7e]*$/);
  });

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://as.example.com/authorize',
    'https://user:pass@as.example.com/',
    'not a url',
    'https://as.example.com;touch/authorize',
    'https://$(id).example.com/authorize',
  ])('never is %s', async (authorizationUrl) => {
    const { callbackServer, said } = await receive();
    await expect(callbackServer.ask(consent({ authorizationUrl }))).rejects.toMatchObject({
      code: 'endpoint_unsafe',
      fault: 'server',
    });
    expect(said).toEqual([]);
  });

  it('has nothing in it that a shell would run when it is pasted there in quotation marks', async () => {
    const { callbackServer, said } = await receive();
    const authorizationUrl = "https://as.example.com/a;b/authorize?x=$(id)&y=`id`'z'|{}&scope=a%20b+c";
    await expect(callbackServer.ask(consent({ timeoutMs: 20, authorizationUrl }))).rejects.toMatchObject({
      code: 'login_timeout',
    });
    const shown = said.find((line) => line.startsWith('https://as.example.com/a')) ?? '';
    expect(shown).toMatch(/^[A-Za-z0-9:/?&=%+.~_-]+$/);
    expect([...new URL(shown).searchParams]).toEqual([...new URL(authorizationUrl).searchParams]);
    expect(decodeURIComponent(new URL(shown).pathname)).toBe('/a;b/authorize');
  });

  it('over SSH says which browser command would need a shell, and does not start it', async () => {
    const { callbackServer, said } = await receive({}, { env: { MCPASS_BROWSER: 'ssh laptop xdg-open %s' } });
    await expect(callbackServer.ask(consent({ timeoutMs: 300 }))).rejects.toMatchObject({
      code: 'login_timeout',
    });
    expect(said.join('\n')).toMatch(
      /MCPASS_BROWSER \("ssh"\) was not started: "ssh" .* shell.*Open the address yourself\./,
    );
  });

  it('over SSH is how to forward the very port, and how to paste', async () => {
    const surroundings = { ...nowhere, ssh: true, terminal: true };
    const input = new PassThrough();
    const { callbackServer, said } = await receive({}, { surroundings, input, pasteWithoutTerminal: true });
    await expect(callbackServer.ask(consent({ timeoutMs: 30 }))).rejects.toMatchObject({
      code: 'login_timeout',
    });
    const { port } = new URL(callbackServer.redirectUri);
    expect(said.join('\n')).toContain(`ssh -L ${port}:127.0.0.1:${port}`);
    expect(said.join('\n')).toContain('is also taken from standard input');
    expect(said.join('\n')).not.toContain('not shown');
  });
});

describe('pasting', () => {
  const paste = async (options: Partial<UserOptions> = {}) => {
    const input = new PassThrough();
    const { callbackServer, said } = await receive({}, { input, pasteWithoutTerminal: true, ...options });
    return { input, said, callbackServer, waiting: callbackServer.ask(consent()) };
  };

  it('ends the wait, and the browser that comes later hears that it is finished', async () => {
    const { input, waiting, callbackServer } = await paste();
    input.write('http://127.0.0.1:1/callback?code=p1&state=s1&iss=https://as.example.com\n');
    expect(Object.fromEntries(await waiting)).toEqual({
      code: 'p1',
      state: 's1',
      iss: 'https://as.example.com',
    });
    await callbackServer.settle({ ok: true });
    expect((await get(`${callbackServer.redirectUri}?code=p1&state=s1`)).status).toBe(409);
  });

  it('of a wrong state is said, and the wait goes on', async () => {
    const { input, said, waiting } = await paste();
    input.write('code=c&state=wrong\nhello\n?code=c2&state=s1\n');
    expect((await waiting).get('code')).toBe('c2');
    expect(said.join('\n')).toContain('belongs to another sign-in');
    expect(said.join('\n')).not.toContain('hello');
  });

  it('loses to the listener, and lets go of the input', async () => {
    const { input, waiting, callbackServer } = await paste();
    const page = get(`${callbackServer.redirectUri}?code=c&state=s1`);
    expect((await waiting).get('code')).toBe('c');
    await callbackServer.settle({ ok: true });
    await page;
    expect(input.isPaused()).toBe(true);
    expect(input.listenerCount('data')).toBe(0);
  });

  it('is not read from an input that is no terminal, unless told so', async () => {
    const { input, callbackServer } = await paste({ pasteWithoutTerminal: false });
    input.write('code=c&state=s1\n');
    await delay(20);
    expect(input.listenerCount('data')).toBe(0);
    expect(input.readableLength).toBeGreaterThan(0);
    await callbackServer.close();
  });

  it('goes on without an input that has ended', async () => {
    const { input, waiting, callbackServer } = await paste();
    input.end();
    await delay(10);
    const page = get(`${callbackServer.redirectUri}?code=c&state=s1`);
    expect((await waiting).get('code')).toBe('c');
    await callbackServer.settle({ ok: true });
    await page;
  });
});
