import { expect, test } from 'vitest';

import { startLegacyServer } from './support/mcp-server.js';
import type { Exchange } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

const DEEP = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
const text = ({ message }: Exchange): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":{"content":[],"structuredContent":{"a":${DEEP}}}}`;

test.each([
  [
    'as JSON',
    (exchange: Exchange) => exchange.raw(200, text(exchange), { 'content-type': 'application/json' }),
  ],
  [
    'on a stream',
    (exchange: Exchange) => {
      const stream = exchange.stream();
      stream.write(`data: ${text(exchange)}\n\n`);
      stream.end();
    },
  ],
])('an answer of 200,000 levels %s is not valid, and no fault of mcpass', async (_, answer) => {
  await using server = await startLegacyServer({ 'tools/call': answer });
  await using opened = await openTestSession(server);
  const error = await rejection(opened.session.callTool('t'));
  expect(error).toMatchObject({ code: 'answer_invalid', fault: 'server' });
  expect(String(error)).toContain('nested too deeply');
});

test('an error with data of 200,000 levels is told without the data', async () => {
  await using server = await startLegacyServer({
    'tools/call': ({ message, raw }) =>
      raw(
        400,
        `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"error":{"code":-1,"message":"no","data":${DEEP.slice(150_000, 250_000)}}}`,
        { 'content-type': 'application/json' },
      ),
  });
  await using opened = await openTestSession(server);
  const error = (await rejection(opened.session.callTool('t'))) as { rpc?: { data?: unknown } };
  expect(() => JSON.stringify(error.rpc?.data)).not.toThrow();
});
