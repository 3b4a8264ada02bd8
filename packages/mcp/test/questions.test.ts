import { expect, test } from 'vitest';

import type { Answer, Question } from '../src/index.js';
import { LISTED, startLegacyServer, startModernServer } from './support/mcp-server.js';
import type { Exchange } from './support/scripted-server.js';
import { openTestSession } from './support/session.js';

const FORM = {
  mode: 'form',
  message: 'Sure?',
  requestedSchema: {
    type: 'object',
    properties: { confirmed: { type: 'boolean' }, note: { type: 'string', 'x-widget': 'area' } },
    'x-order': ['note', 'confirmed'],
    required: ['confirmed'],
  },
};
const PAGE = { mode: 'url', message: 'Look', url: 'https://example.com/ask', elicitationId: 'e' };

/** Asks within the result until it is answered; then the result tells the answer. */
function asking(params: object, requestState?: string): (exchange: Exchange) => void {
  return (exchange) => {
    const { inputResponses, requestState: echoed } = exchange.message.params ?? {};
    if (inputResponses !== undefined) {
      exchange.result({ resultType: 'complete', content: [], structuredContent: { inputResponses, echoed } });
      return;
    }
    exchange.result({
      resultType: 'input_required',
      inputRequests: { confirm: { method: 'elicitation/create', params } },
      ...(requestState !== undefined && { requestState }),
    });
  };
}

async function startModern(call: (exchange: Exchange) => void) {
  return await startModernServer({
    'tools/list': (exchange) =>
      exchange.result({ ...LISTED, tools: [{ name: 'ask', inputSchema: { type: 'object' } }] }),
    'tools/call': call,
  });
}

/** Asks on the stream of the call. */
async function startLegacy(params: object) {
  let call: { end: (result: object) => void } | undefined;
  return await startLegacyServer({
    'tools/call': (exchange) => {
      const stream = exchange.stream();
      stream.send({ id: 'q', method: 'elicitation/create', params });
      call = {
        end: (result) => {
          stream.send({ id: exchange.message.id, result });
          stream.end();
        },
      };
    },
    POST: (exchange) => {
      exchange.raw(202);
      call?.end({ content: [], structuredContent: exchange.message.result });
    },
  });
}

test('modern: the call is repeated with the answer, another id, and the state byte for byte', async () => {
  const state = '{"a": 1.0}  \u00e4';
  await using server = await startModern(asking(FORM, state));
  await using opened = await openTestSession(server, { answer: 'accept' });
  const result = await opened.session.callTool('ask', { x: 1 });
  expect(result['structuredContent']).toEqual({
    inputResponses: { confirm: { action: 'accept', content: { confirmed: false } } },
    echoed: state,
  });
  const [first, second] = server.seen.slice(2);
  expect(second?.message.id).not.toBe(first?.message.id);
  expect(second?.message.params?.['arguments']).toEqual({ x: 1 });
});

test('modern: a question is no progress of the call', async () => {
  const told: unknown[] = [];
  await using server = await startModern(asking(FORM));
  await using opened = await openTestSession(server, {
    answer: 'accept',
    onProgress: (progress) => told.push(progress),
  });
  await opened.session.callTool('ask');
  expect(told).toEqual([]);
});

test('modern: without a state none is sent', async () => {
  await using server = await startModern(asking(FORM));
  await using opened = await openTestSession(server, { answer: 'decline' });
  const result = await opened.session.callTool('ask');
  expect(result['structuredContent']).toEqual({ inputResponses: { confirm: { action: 'decline' } } });
});

test('legacy: declines unless told otherwise', async () => {
  await using server = await startLegacy(FORM);
  await using opened = await openTestSession(server);
  expect((await opened.session.callTool('ask'))['structuredContent']).toEqual({ action: 'decline' });
});

test.each(['modern', 'legacy'])('%s: a person is asked, form and page alike', async (era) => {
  for (const params of [FORM, PAGE]) {
    await using server = era === 'modern' ? await startModern(asking(params)) : await startLegacy(params);
    const questions: Question[] = [];
    const ask = async (question: Question): Promise<Answer> => {
      questions.push(question);
      return question.mode === 'url'
        ? { action: 'accept' }
        : { action: 'accept', content: { confirmed: true, note: 'as you say' } };
    };
    await using opened = await openTestSession(server, { answer: ask });
    const { structuredContent } = await opened.session.callTool('ask');
    const answer =
      params === FORM
        ? { action: 'accept', content: { confirmed: true, note: 'as you say' } }
        : { action: 'accept' };
    expect(structuredContent).toEqual(era === 'modern' ? { inputResponses: { confirm: answer } } : answer);
    expect(questions).toEqual([
      params === FORM
        ? { mode: 'form', message: 'Sure?', schema: FORM.requestedSchema }
        : { mode: 'url', message: 'Look', url: 'https://example.com/ask' },
    ]);
  }
});

test('only who can show a page says so', async () => {
  await using server = await startModernServer({});
  const ask = async (): Promise<Answer> => ({ action: 'cancel' });
  for (const answer of ['accept', 'decline', ask] as const) {
    await using opened = await openTestSession(server, { answer });
    expect(opened.session.era).toBe('modern');
  }
  const declared = server.seen.map(({ message }) => {
    const meta = message.params?.['_meta'] as Record<string, unknown> | undefined;
    return meta?.['io.modelcontextprotocol/clientCapabilities'];
  });
  expect(declared).toEqual([
    { elicitation: { form: {} } },
    { elicitation: { form: {} } },
    { elicitation: { form: {}, url: {} } },
  ]);
});

test('asking that fails is a cancelled question, not a failed call', async () => {
  await using server = await startLegacy(FORM);
  await using opened = await openTestSession(server, {
    answer: () => Promise.reject(new Error('no terminal')),
  });
  expect((await opened.session.callTool('ask'))['structuredContent']).toEqual({ action: 'cancel' });
  expect(opened.notices).toContainEqual({
    type: 'oddity',
    text: 'No answer to a question of the server: Error: no terminal',
  });
});

test('the clocks stand still while a person thinks', async () => {
  await using server = await startModern(asking(FORM));
  const ask = async (): Promise<Answer> => {
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
    return { action: 'decline' };
  };
  await using opened = await openTestSession(server, {
    answer: ask,
    requestTimeoutMs: 150,
    totalTimeoutMs: 150,
  });
  expect(await opened.session.callTool('ask')).toMatchObject({ content: [] });
});
