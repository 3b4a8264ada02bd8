import { describe, expect, test } from 'vitest';
import { compareClients } from './comparison.js';
import type { Conversation, Step } from './conversation.js';
import { ARGUMENTS_ARE_SENT, LIST_AFTER_REFUSED_CALL, UNLISTED_TOOL_IS_NOT_CALLED } from './exceptions.js';
import { createFeatureServer } from './servers/feature-server.js';
import {
  BOTH,
  exceptionsOf,
  hushSdk,
  MODERN,
  MODERN_STREAMS,
  SESSIONS,
  SESSIONS_JSON,
  STATELESS,
} from './servers/kinds.js';
import { createPagingServer } from './servers/paging-server.js';
import { call, listPrompts, listResources, listResourceTemplates, listTools, prompt, read } from './steps.js';

const TOUR: readonly Step[] = [
  listTools,
  call('echo', { text: 'héllo 🙂' }),
  call('nothing'),
  call('mixed'),
  call('add'),
  call('fail'),
  call('crash'),
  call('echo', { text: 5 }),
  call('locate', { region: 'Zürich', count: 3, dry: true, place: { city: ' Ost ' }, plain: 'p' }),
  listResources,
  listResourceTemplates,
  read('notes://readme'),
  read('notes://pixel'),
  read('notes://by-id/7'),
  read('notes://by-id/Zürich 🙂'),
  read('notes://by-id/none'),
  read('notes://nowhere'),
  listPrompts,
  prompt('greet'),
  prompt('review', { topic: 'tides' }),
  prompt('review', { topic: 'tides', tone: 'stern' }),
  prompt('review'),
  prompt('absent'),
];

const NOISE: readonly Step[] = [call('slow'), call('chat')];

const ALL = [SESSIONS, SESSIONS_JSON, STATELESS, MODERN, MODERN_STREAMS, BOTH];
/** A body of JSON has no place for what is said in between. */
const SPEAKING = [SESSIONS, STATELESS, MODERN, MODERN_STREAMS];

describe.each(ALL)('a server of $name', (kind) => {
  test('is the same to both, tool by tool, resource by resource, prompt by prompt', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const { era, protocolVersion, instructions } = await compareClients(
      server.url,
      { steps: TOUR, answers: 'defaults' },
      [ARGUMENTS_ARE_SENT, ...exceptionsOf(kind)],
    );
    expect({ era, protocolVersion, instructions }).toEqual({
      era: kind.era,
      protocolVersion: kind.era === 'modern' ? '2026-07-28' : '2025-11-25',
      instructions: 'Ask politely.\nTwice.',
    });
  });
});

describe.each([SESSIONS, STATELESS, MODERN])('a server of $name', (kind) => {
  test('is read to the last page by both', async () => {
    await using server = await kind.start(createPagingServer);
    const steps = [listTools, listResources, listResourceTemplates, listPrompts, call('item-4', { a: 1 })];
    const record = await compareClients(server.url, { steps, answers: 'defaults' }, exceptionsOf(kind));
    const lengths = record.outcomes.map((outcome) => 'result' in outcome && (outcome.result as []).length);
    expect(lengths.slice(0, 4)).toEqual([5, 4, 3, 1]);
    expect(record.posts.filter(({ method }) => method.endsWith('/list'))).toHaveLength(3 + 2 + 2 + 1);
  });

  test('refuses an unknown tool to both', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const steps = [listTools, call('absent', { a: 1 }), call('echo', { text: 'still there' })];
    await compareClients(server.url, { steps, answers: 'defaults' }, [
      ...exceptionsOf(kind, {
        legacy: [LIST_AFTER_REFUSED_CALL],
        modern: [UNLISTED_TOOL_IS_NOT_CALLED('absent')],
      }),
    ]);
  });
});

describe.each(SPEAKING)('a server of $name that speaks in between', (kind) => {
  test('is heard by both: progress, log messages', async () => {
    hushSdk();
    await using server = await kind.start(createFeatureServer);
    const conversation: Conversation = { steps: [listTools, ...NOISE], answers: 'defaults' };
    const exceptions = [ARGUMENTS_ARE_SENT, ...exceptionsOf(kind)];
    const { progress, logs } = await compareClients(server.url, conversation, exceptions);
    expect(progress).toEqual([
      { progress: 1 },
      { progress: 2.5, total: 4 },
      { progress: 4, total: 4, message: 'almost – fertig' },
    ]);
    // 2026-07-28 server/utilities/logging: none for requests that ask for none.
    expect(logs).toHaveLength(kind.era === 'modern' ? 0 : 2);
  });
});
