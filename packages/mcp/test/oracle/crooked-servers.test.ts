import { expect, test } from 'vitest';
import { compareClients } from './comparison.js';
import type { Conversation } from './conversation.js';
import {
  LISTS_ARE_ASKED_ANEW,
  LIST_AFTER_REFUSED_CALL,
  NOTHING_ADVERTISED_IS_ASKED,
  OUTPUT_IS_AS_RECEIVED,
  STREAM_WAITS_FOR_A_CALL,
} from './exceptions.js';
import { createCacheableServer, createCrookedServer, createSmallServer } from './servers/crooked-server.js';
import { createFeatureServer } from './servers/feature-server.js';
import { exceptionsOf, hushSdk, MODERN, MODERN_STREAMS, SESSIONS, SESSIONS_JSON } from './servers/kinds.js';
import { startSessionServer } from './servers/sdk-servers.js';
import { call, listPrompts, listResources, listResourceTemplates, listTools, prompt } from './steps.js';

test.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])(
  'a server that knows %s at best',
  async (version) => {
    await using server = await startSessionServer(() =>
      createSmallServer({ supportedProtocolVersions: [version], capabilities: { prompts: {} } }),
    );
    const conversation: Conversation = {
      steps: [listPrompts, listTools, listResources, prompt('x')],
      answers: 'defaults',
    };
    const { protocolVersion } = await compareClients(server.url, conversation);
    expect(protocolVersion).toBe(version);
  },
);

test.each([SESSIONS, MODERN])('a server of $name that has nothing', async (kind) => {
  await using server = await kind.start(() => createSmallServer({}));
  const steps = [listPrompts, listTools, listResources, listResourceTemplates];
  const exceptions =
    kind.era === 'legacy'
      ? [NOTHING_ADVERTISED_IS_ASKED, STREAM_WAITS_FOR_A_CALL]
      : [NOTHING_ADVERTISED_IS_ASKED];
  const { outcomes } = await compareClients(server.url, { steps, answers: 'defaults' }, exceptions);
  expect(outcomes).toEqual(steps.map(() => ({ result: [] })));
});

test.each([SESSIONS, MODERN])('a server of $name that does not keep what it promises', async (kind) => {
  await using server = await kind.start(createCrookedServer);
  const steps = [listTools, call('wrong_output', {}), call('no_output', {})];
  const conversation: Conversation = { steps, answers: 'defaults' };
  const { outcomes } = await compareClients(server.url, conversation, [OUTPUT_IS_AS_RECEIVED]);
  // The exception makes ours the measure: it is asserted by itself.
  expect(outcomes.slice(1)).toMatchObject([
    { result: { content: [{ type: 'text', text: 'wrong_output' }], structuredContent: { sum: 'three' } } },
    { result: { content: [{ type: 'text', text: 'no_output' }] } },
  ]);
});

test.each([SESSIONS, SESSIONS_JSON, MODERN, MODERN_STREAMS])(
  'a server of $name that refuses with codes of all kinds',
  async (kind) => {
    await using server = await kind.start(createCrookedServer);
    const codes = [
      -32_700, -32_600, -32_601, -32_602, -32_603, -32_000, -32_001, -32_020, -32_021, -32_022, -1, 7,
    ];
    // A page that has to be visited first; in 2026-07-28 that is a question.
    if (kind.era === 'legacy') codes.push(-32_042);
    const steps = [listTools, ...codes.map((code) => call('refuse', { code }))];
    const exceptions = kind.era === 'legacy' ? [LIST_AFTER_REFUSED_CALL] : [];
    const { outcomes } = await compareClients(server.url, { steps, answers: 'defaults' }, exceptions);
    expect(outcomes.slice(1)).toEqual(codes.map((rpcCode) => ({ rpcCode })));
  },
);

test('a server whose list may be kept', async () => {
  await using server = await MODERN.start(createCacheableServer);
  const conversation: Conversation = { steps: [listTools, listTools], answers: 'defaults' };
  const { outcomes, posts } = await compareClients(server.url, conversation, [LISTS_ARE_ASKED_ANEW]);
  const only = { result: [expect.objectContaining({ name: 'only' })] };
  expect(outcomes).toEqual([only, only]);
  expect(posts.filter(({ method }) => method === 'tools/list')).toHaveLength(2);
});

test.each([SESSIONS, MODERN])('a long answer of a server of $name', async (kind) => {
  hushSdk();
  await using server = await kind.start(createFeatureServer);
  const text = '🙂ü–'.repeat(60_000);
  const steps = [listTools, call('echo', { text })];
  const { outcomes } = await compareClients(server.url, { steps, answers: 'defaults' }, exceptionsOf(kind));
  expect(outcomes[1]).toMatchObject({ result: { content: [{ type: 'text', text }] } });
});

test('a server that asks whether somebody is there is answered', async () => {
  hushSdk();
  await using server = await SESSIONS.start(createFeatureServer);
  const conversation: Conversation = { steps: [listTools, call('ping', {})], answers: 'defaults' };
  const { answers, outcomes } = await compareClients(server.url, conversation);
  expect(answers).toEqual([{}]);
  expect(outcomes[1]).toMatchObject({ result: { content: [{ type: 'text', text: 'pong' }] } });
});
