import { expect, test } from 'vitest';

import { createPausableClock } from '../src/index.js';
import { LISTED, startLegacyServer, startModernServer } from './support/mcp-server.js';
import type { EventStream, Exchange } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Reports progress every 300 ms, `times` times, and then answers. */
function progressing(times: number): (exchange: Exchange) => Promise<void> {
  return async ({ message, stream: begin }) => {
    const stream: EventStream = begin();
    const meta = message.params?.['_meta'] as { progressToken: number };
    for (let step = 1; step <= times; step += 1) {
      await wait(300);
      const params = { progressToken: meta.progressToken, progress: step, total: times, message: 'on it' };
      stream.send({ method: 'notifications/progress', params });
    }
    stream.send({ id: message.id, result: { resultType: 'complete', content: [] } });
    stream.end();
  };
}

async function startProgressing(times: number) {
  return await startModernServer({
    'tools/list': (exchange) => exchange.result({ ...LISTED, tools: [{ name: 't', inputSchema: {} }] }),
    'tools/call': progressing(times),
  });
}

test('progress is reported and prolongs the time', async () => {
  await using server = await startProgressing(5);
  const reported: unknown[] = [];
  await using opened = await openTestSession(server, {
    requestTimeoutMs: 1_400,
    onProgress: (progress) => reported.push(progress),
  });
  await opened.session.callTool('t');
  expect(reported).toHaveLength(5);
  expect(reported[4]).toEqual({ progress: 5, total: 5, message: 'on it' });
});

test('progress does not prolong it beyond all bounds', async () => {
  await using server = await startProgressing(20);
  await using opened = await openTestSession(server, { requestTimeoutMs: 1_400, totalTimeoutMs: 1_500 });
  const error = await rejection(opened.session.callTool('t'));
  expect(error).toMatchObject({ code: 'timeout', fault: 'network' });
  expect(String(error)).toContain('No answer to "tools/call" in 1.5 s');
});

test('legacy: a request that takes too long is cancelled at the server', async () => {
  await using server = await startLegacyServer({ 'tools/call': () => undefined });
  const opened = await openTestSession(server, { requestTimeoutMs: 50 });
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'timeout' });
  await opened.session.close();
  const cancelled = server.seen.find(({ message }) => message.method === 'notifications/cancelled');
  const call = server.seen.find(({ message }) => message.method === 'tools/call');
  expect(cancelled?.message.params?.['requestId']).toBe(call?.message.id);
});

test('modern: a request that takes too long is cancelled by closing its stream', async () => {
  let closed: Promise<void> | undefined;
  await using server = await startModernServer({
    'prompts/get': (exchange) => {
      closed = exchange.stream().closed;
    },
  });
  await using opened = await openTestSession(server, { requestTimeoutMs: 50 });
  expect(await rejection(opened.session.getPrompt('p'))).toMatchObject({ code: 'timeout' });
  expect(closed).toBeDefined();
  await closed;
  expect(server.log()).toEqual(['POST server/discover', 'POST prompts/get']);
});

test.each(['modern', 'legacy'])(
  '%s: a sign-in behind the fetch costs no time, wherever it happens',
  async (era) => {
    const start = era === 'modern' ? startModernServer : startLegacyServer;
    await using server = await start({
      'prompts/get': (exchange) => exchange.result({ resultType: 'complete', messages: [] }),
    });
    const clock = createPausableClock();
    let waits = 0;
    const signingIn: typeof fetch = async (url, init) => {
      const release = clock.pause();
      await wait(1_100);
      release();
      waits += 1;
      return await fetch(url, init);
    };
    await using opened = await openTestSession(server, {
      fetch: signingIn,
      clock,
      startupTimeoutMs: 1_000,
      requestTimeoutMs: 1_000,
      totalTimeoutMs: 1_000,
    });
    await opened.session.getPrompt('p');
    await expect.poll(() => server.seen.length).toBe(waits);
  },
);

test('a clock that two have paused goes on when both have let it go, however often one of them does', async () => {
  const clock = createPausableClock();
  const [first, second] = [clock.pause(), clock.pause()];
  let isOver = false;
  const waited = clock.wait(1).then(() => {
    isOver = true;
  });
  second();
  second();
  const { pausedMs } = clock;
  // Longer than it takes to look twice.
  await wait(300);
  expect(isOver).toBe(false);
  expect(clock.pausedMs).toBeGreaterThan(pausedMs);
  first();
  await waited;
  const atLast = clock.pausedMs;
  await wait(10);
  expect(clock.pausedMs).toBe(atLast);
});

test('while the clock is paused no time runs out, and afterwards it does', async () => {
  await using server = await startModernServer({ 'prompts/get': () => undefined });
  const clock = createPausableClock();
  await using opened = await openTestSession(server, { clock, requestTimeoutMs: 100 });
  let ended = false;
  const asked = rejection(opened.session.getPrompt('p')).finally(() => {
    ended = true;
  });
  const resume = clock.pause();
  await wait(1_000);
  expect(ended).toBe(false);
  resume();
  resume();
  expect(await asked).toMatchObject({ code: 'timeout' });
});

test('an aborted signal ends what is under way', async () => {
  await using server = await startModernServer({ 'prompts/get': () => undefined });
  const controller = new AbortController();
  await using opened = await openTestSession(server, { signal: controller.signal });
  const asked = rejection(opened.session.getPrompt('p'));
  await wait(20);
  controller.abort(new Error('enough'));
  expect(await asked).toMatchObject({ code: 'interrupted', cause: { message: 'enough' } });
  expect(await rejection(opened.session.listPrompts())).toMatchObject({ code: 'interrupted' });
});

test('an aborted signal ends the greeting', async () => {
  await using server = await startModernServer({ 'server/discover': () => undefined });
  const opening = openTestSession(server, { signal: AbortSignal.timeout(30) });
  expect(await rejection(opening)).toMatchObject({ code: 'interrupted' });
});

test('thirty calls at once leave no word of a leak, and all end with the session', async () => {
  await using server = await startModernServer({
    'tools/list': (exchange) => exchange.result({ ...LISTED, tools: [{ name: 't', inputSchema: {} }] }),
    'tools/call': () => Promise.resolve(),
  });
  const stop = new AbortController();
  await using opened = await openTestSession(server, { signal: stop.signal });
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const calls = Array.from({ length: 30 }, () => rejection(opened.session.callTool('t')));
  await wait(100);
  stop.abort();
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'interrupted' });
  process.off('warning', note);
  expect(warnings).toEqual([]);
  expect(await rejection(opened.session.callTool('t'))).toMatchObject({ code: 'interrupted' });
});
