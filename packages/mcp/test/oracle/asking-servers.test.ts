import { describe, expect, test } from 'vitest';
import { compareClients } from './comparison.js';
import type { Conversation } from './conversation.js';
import {
  CALL_WITHOUT_HEADERS,
  ENCODING_OF_EMPTY_AND_TAB,
  LIST_BEFORE_FIRST_CALL,
  MISMARKED_TOOL_IS_NOT_CALLED,
  REQUIRED_FIELD_IS_FILLED,
} from './exceptions.js';
import { createFeatureServer } from './servers/feature-server.js';
import { exceptionsOf, hushSdk, MODERN, MODERN_STREAMS, SESSIONS } from './servers/kinds.js';
import { call, listTools, prompt, read } from './steps.js';

const ASKING = [SESSIONS, MODERN, MODERN_STREAMS];

describe.each(ASKING)('a server of $name that asks', (kind) => {
  test('is answered with the defaults of its form by both', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const conversation: Conversation = { steps: [listTools, call('ask', {})], answers: 'defaults' };
    const { answers } = await compareClients(server.url, conversation, exceptionsOf(kind));
    expect(answers).toEqual([
      {
        action: 'accept',
        content: {
          name: 'Ada',
          age: 36,
          score: 0.5,
          member: true,
          colour: 'green',
          size: 'l',
          days: ['mon', 'wed'],
        },
      },
    ]);
  });

  test('is answered as somebody decides, in turns', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const conversation: Conversation = {
      steps: [
        listTools,
        call('ask', {}),
        call('ask', {}),
        call('ask', {}),
        call('ask_twice', {}),
        call('ask_both', {}),
        call('visit', {}),
        call('later', {}),
        prompt('interview'),
        read('notes://sealed'),
      ],
      answers: [
        { action: 'accept', content: { name: 'Grace', age: 85, member: false } },
        { action: 'decline' },
        { action: 'cancel' },
        { action: 'accept', content: { answer: 'Zürich' } },
        { action: 'accept', content: { answer: 'Rämistrasse' } },
        { action: 'accept', content: { answer: '1' } },
        { action: 'decline' },
        { action: 'accept' },
        { action: 'accept', content: { answer: 'tides' } },
        { action: 'cancel' },
      ],
    };
    const { answers } = await compareClients(server.url, conversation, exceptionsOf(kind));
    expect(answers).toEqual(conversation.answers);
  });

  test('about a page gets no answer from a client that visits none', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const conversation: Conversation = { steps: [listTools, call('visit', {})], answers: 'defaults' };
    const { questions } = await compareClients(server.url, conversation);
    expect(questions).toEqual([]);
  });
});

test('a page is refused as something that was not declared, by a client that visits none', async () => {
  hushSdk();
  await using server = await SESSIONS.start(createFeatureServer);
  const conversation: Conversation = { steps: [listTools, call('insist', {})], answers: 'defaults' };
  const { outcomes } = await compareClients(server.url, conversation);
  expect(outcomes[1]).toMatchObject({ result: { content: [{ text: 'refused with -32602' }] } });
});

test('a form with a required field and no default for it is filled with something by us alone', async () => {
  hushSdk();
  await using server = await SESSIONS.start(createFeatureServer);
  const conversation: Conversation = { steps: [listTools, call('ask_bare', {})], answers: 'defaults' };
  const { answers } = await compareClients(server.url, conversation, [REQUIRED_FIELD_IS_FILLED]);
  expect(answers).toEqual([{ action: 'accept', content: { answer: '' } }]);
});

describe.each([MODERN, MODERN_STREAMS])('marked parameters of a server of $name', (kind) => {
  test('are in the headers of the first call, which was not preceded by a list', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const steps = [call('locate', { region: 'west', count: 1 })];
    const exceptions = [LIST_BEFORE_FIRST_CALL, CALL_WITHOUT_HEADERS, ...exceptionsOf(kind)];
    const { posts } = await compareClients(server.url, { steps, answers: 'defaults' }, exceptions);
    expect(posts.at(-1)?.headers).toMatchObject({ 'mcp-param-region': 'west', 'mcp-param-count': '1' });
  });

  test('are written the same way in headers', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const texts = [
      '',
      ' ',
      'a b',
      'tab\there',
      'line\nbreak',
      'Ünï',
      '=?base64?QQ==?=',
      '=?base64?',
      '🙂',
      '\u007f',
    ];
    const others = [
      { count: 0 },
      { count: -7 },
      { count: Number.MAX_SAFE_INTEGER },
      { dry: false },
      { place: {} },
    ];
    const steps = [
      listTools,
      ...texts.map((region) => call('locate', { region })),
      ...others.map((args) => call('locate', { region: 'x', ...args })),
    ];
    const exceptions = [ENCODING_OF_EMPTY_AND_TAB, ...exceptionsOf(kind)];
    await compareClients(server.url, { steps, answers: 'defaults' }, exceptions);
  });

  test('against the rules take the tool away', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const steps = [listTools, call('mismarked', { size: 1 }), call('echo', { text: 'well marked' })];
    const exceptions = [MISMARKED_TOOL_IS_NOT_CALLED('mismarked'), ...exceptionsOf(kind)];
    await compareClients(server.url, { steps, answers: 'defaults' }, exceptions);
  });
});
