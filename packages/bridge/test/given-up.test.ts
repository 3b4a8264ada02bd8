import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createMachine } from './support/bridge.js';
import { oldTransport, startOddServer } from './support/odd-server.js';

/* What the host or the clock gives up is given up towards the server too: no connection is kept for it. */

const TOOL_SECONDS = 1;

function bridgeTo(url: string) {
  const machine = createMachine();
  machine.config(`[mcp_servers.s]\nurl = "${url}"\ntool_timeout_sec = ${TOOL_SECONDS}\n`);
  return machine.bridge('s');
}

/** Responses that the server has begun and not ended. */
function counter() {
  const open = new Set<ServerResponse>();
  let most = 0;
  return {
    hold(response: ServerResponse): true {
      open.add(response);
      most = Math.max(most, open.size);
      response.on('close', () => open.delete(response));
      return true;
    },
    now: () => open.size,
    most: () => most,
  };
}

const ids = [1, 2, 3, 4, 5].map((id) => `c${id}`);

test('a call that is cancelled while its stream is taken up again', async () => {
  const streams = counter();
  const { url } = await startOddServer((one, response) => {
    if (one.operation === 'tools/call') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`id: e${String(one.id)}\ndata:\n\n`);
      return true;
    }
    if (one.headers['last-event-id'] === undefined) return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
    return streams.hold(response);
  });
  const host = createMachine().bridge(url);
  await host.initialize();
  for (const id of ids) host.send({ id, method: 'tools/call', params: { name: 't' } });
  await expect.poll(streams.now).toBe(ids.length);
  for (const requestId of ids) host.send({ method: 'notifications/cancelled', params: { requestId } });
  await expect.poll(streams.now).toBe(0);
});

test('a call whose message an old server never takes', async () => {
  const posts = counter();
  const { url } = await startOddServer(
    oldTransport((one, response) => one.operation === 'tools/call' && posts.hold(response)),
  );
  const host = bridgeTo(url);
  await host.initialize();
  const answers = await Promise.all(ids.map((id) => host.call('tools/call', { name: id })));
  expect(answers.every(({ error }) => error?.message.includes('No answer') === true)).toBe(true);
  expect(posts.most()).toBe(ids.length);
  await expect.poll(posts.now).toBe(0);
});

test('a greeting to an old server whose stream never begins', async () => {
  const streams = counter();
  const { url } = await startOddServer((one, response) => {
    if (one.method === 'GET') return streams.hold(response);
    response.writeHead(405).end();
    return true;
  });
  const machine = createMachine();
  machine.config(`[mcp_servers.s]\nurl = "${url}"\nstartup_timeout_sec = 3\n`);
  const host = machine.bridge('s');
  expect((await host.initialize()).error?.message).toContain('in 3 s');
  expect(streams.most()).toBeGreaterThan(0);
  await expect.poll(streams.now).toBe(0);
});
