import { join } from 'node:path';
import { createAuthorizer, type McpassError } from '@mcpass/auth';
import { openSession, type Session } from '@mcpass/mcp';
import { systemClock, systemRandom } from '@mcpass/node/fetch';
import { openStore } from '@mcpass/node/stores';
import { expect, onTestFinished, test } from 'vitest';
import { figures, reportFigures } from './figures.js';
import { createLab, expectOneRefresh, type Lab, times } from './lab.js';

/* An agent that runs for days, and a person who signs in, renews and logs out beside it. Nobody restarts anything. */

reportFigures('a running session');

async function open(lab: Lab): Promise<Session> {
  const { fetch } = createAuthorizer({
    settings: { url: lab.sandbox.url },
    ports: {
      fetch: globalThis.fetch,
      clock: systemClock,
      random: systemRandom,
      store: openStore({ choice: 'plain', paths: { data: join(lab.machine.home, 'data') } }),
      observe: () => undefined,
    },
  });
  const session = await openSession({
    url: lab.sandbox.url,
    fetch,
    clientInfo: { name: 'test', version: '1' },
  });
  onTestFinished(() => session.close());
  return session;
}

/** The real relay, as a host starts it. */
function startBridge(lab: Lab) {
  // Not counted like the others: a login beside it opens its window.
  figures.processes += 1;
  const env = { MCPASS_CREDENTIALS_STORE: 'plain' };
  const { process: relay } = lab.machine.start(
    { keepInput: true, limitMs: 90_000, env },
    'bridge',
    lab.sandbox.url,
  );
  onTestFinished(() => void relay.kill());
  let printed = '';
  relay.stdout.on('data', (text: string) => (printed += text));
  const seen = () =>
    printed
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as RelayedMessage);
  const next = async (fits: (message: RelayedMessage) => boolean) => {
    for (;;) {
      const found = seen().find(fits);
      if (found !== undefined) return found;
      await systemClock.wait(5);
    }
  };
  let id = 0;
  const call = (method: string, params: object) => {
    const mine = (id += 1);
    relay.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: mine, method, params })}\n`);
    return next((message) => message.id === mine);
  };
  return {
    next,
    call,
    echo: (text: string) => call('tools/call', { name: 'echo', arguments: { text } }),
    initialize: () =>
      call('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'host', version: '1' },
      }),
  };
}

interface RelayedMessage {
  readonly id?: number;
  readonly method?: string;
  readonly result?: object;
  readonly error?: { readonly data?: object };
}

const echo = (session: Session, text = 'x') => session.callTool('echo', { text });
const refused = ({ sandbox }: Lab) => sandbox.log.of('mcp').filter(({ status }) => status === 401).length;

test('adopts a refresh, a logout and a sign-in of other processes', async () => {
  const lab = await createLab('plain', { refreshRevokesAccessTokens: true });
  const session = await open(lab);
  expect(await echo(session)).toMatchObject({ content: [{ text: 'x' }] });

  // A refresh elsewhere ends the old token: the new one is there before the next call.
  expect((await lab.run('refresh', lab.sandbox.url)).code).toBe(0);
  expect(await echo(session)).toMatchObject({ content: [{ text: 'x' }] });
  expect([lab.refreshes(), refused(lab)]).toEqual([1, 0]);

  expect((await lab.run('logout', lab.sandbox.url)).code).toBe(0);
  const error = await echo(session).catch((thrown: unknown) => thrown);
  const codes = [error, (error as Error).cause].map((found) => (found as Partial<McpassError>)?.code);
  expect(codes).toContain('login_required');

  await lab.prepare('login', lab.sandbox.url);
  expect(await echo(session)).toMatchObject({ content: [{ text: 'x' }] });
  expect(lab.refreshes()).toBe(0);
});

test('and so does the relay of a host', async () => {
  const lab = await createLab('plain', { refreshRevokesAccessTokens: true });
  const relay = startBridge(lab);
  await relay.initialize();
  expect(await relay.echo('a')).toMatchObject({ result: { content: [{ text: 'a' }] } });

  expect((await lab.run('refresh', lab.sandbox.url)).code).toBe(0);
  expect(await relay.echo('b')).toMatchObject({ result: { content: [{ text: 'b' }] } });
  expect(lab.refreshes()).toBe(1);
  // It remembers a record for a moment, so the server may have to say so; then what is stored is taken.
  expect(refused(lab)).toBeLessThanOrEqual(1);

  expect((await lab.run('logout', lab.sandbox.url)).code).toBe(0);
  expect(await relay.echo('c')).toMatchObject({
    error: { data: { code: 'login_required', command: `mcpass login ${lab.sandbox.url}` } },
  });

  await lab.prepare('login', lab.sandbox.url);
  await relay.next(({ method }) => method === 'notifications/tools/list_changed');
  expect(await relay.echo('d')).toMatchObject({ result: { content: [{ text: 'd' }] } });
  expect(lab.refreshes()).toBe(0);
});

test('tries a newer stored token before it refreshes, with a call under way', async () => {
  const lab = await createLab('plain', { refreshRevokesAccessTokens: true });
  const session = await open(lab);
  lab.fault('mcp tools/call', { delay: 1_500 });
  const waiting = echo(session, 'late');
  while (lab.sandbox.log.of('mcp', 'tools/call').length === 0) await systemClock.wait(5);
  expect((await lab.run('refresh', lab.sandbox.url)).code).toBe(0);
  expect(await waiting).toMatchObject({ content: [{ text: 'late' }] });
  expectOneRefresh(lab);
});

test('a call under way when the old token dies, some time after a refresh elsewhere', async () => {
  const lab = await createLab('plain', { refreshRevokesAccessTokens: { afterSeconds: 600 } });
  const session = await open(lab);
  await echo(session);
  lab.fault('mcp tools/call', { delay: 2_500 });
  const waiting = echo(session, 'late');
  while (lab.sandbox.log.of('mcp', 'tools/call').length < 2) await systemClock.wait(5);
  expect((await lab.run('refresh', lab.sandbox.url)).code).toBe(0);
  lab.sandbox.advanceClock(601);
  expect(await waiting).toMatchObject({ content: [{ text: 'late' }] });
  expect(refused(lab)).toBe(1);
  // Sent once more, with the token that was there already.
  expect(lab.sandbox.log.of('mcp', 'tools/call')).toHaveLength(3);
  expectOneRefresh(lab);
});

test('twenty calls in flight when their token dies: twenty answers, one refresh', async () => {
  const lab = await createLab('plain', { refreshRevokesAccessTokens: true });
  const session = await open(lab);
  await echo(session);
  lab.sandbox.revokeAccessTokens();
  const answers = await times(20, (index) => echo(session, String(index)));
  expect(answers.map(({ content }) => (content as { text: string }[])[0]?.text)).toEqual(
    Array.from({ length: 20 }, (_, index) => String(index)),
  );
  expectOneRefresh(lab);
  expect(figures.browserWindows).toBe(0);
});
