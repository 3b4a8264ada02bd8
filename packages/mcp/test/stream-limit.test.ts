import { expect, test } from 'vitest';

import { limitEvents } from '../src/stream-limit.js';
import { rejection } from './support/session.js';

async function pass(chunks: readonly string[], largest: number): Promise<string> {
  const encoder = new TextEncoder();
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  return await new Response(source.pipeThrough(limitEvents(largest))).text();
}

test.each([
  ['with LF', 'data: 12345\n\n'.repeat(100)],
  ['with CR LF', 'data: 12345\r\n\r\n'.repeat(100)],
  ['with comments', ': comment\n\ndata: a\ndata: b\n\n'],
])('any number of events passes, %s', async (_, text) => {
  expect(await pass([text], 20)).toBe(text);
  expect(await pass([...text], 20)).toBe(text);
});

test.each([
  [['data: ', 'x'.repeat(20)]],
  [['data: a\n'.repeat(5)]],
  [['data: a\r\n', 'data: b\r\n', 'data: c\r\n']],
])('an event that does not end is broken off: %j', async (chunks) => {
  expect(await rejection(pass(chunks, 20))).toMatchObject({ code: 'answer_invalid' });
});
