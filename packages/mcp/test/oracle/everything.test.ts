import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareClients } from './comparison.js';
import type { Conversation } from './conversation.js';
import { ACCEPT_OF_OLD_TRANSPORT } from './exceptions.js';
import { type EverythingTransport, startEverything } from './servers/everything.js';
import type { OracleServer } from './servers/http.js';
import { call, listPrompts, listResources, listResourceTemplates, listTools, prompt, read } from './steps.js';

const TOUR: Conversation = {
  answers: 'defaults',
  steps: [
    listTools,
    call('echo', { message: 'héllo 🙂' }),
    call('get-sum', { a: 1.5, b: -2 }),
    call('get-sum', { a: 'one' }),
    call('get-structured-content', { location: 'Chicago' }),
    call('get-tiny-image', {}),
    call('get-annotated-message', { messageType: 'error', includeImage: true }),
    call('get-resource-links', { count: 3 }),
    call('trigger-long-running-operation', { duration: 0.03, steps: 3 }),
    listResources,
    listResourceTemplates,
    read('demo://resource/static/document/features.md'),
    read('demo://resource/dynamic/text/none'),
    read('demo://nowhere'),
    listPrompts,
    prompt('simple-prompt'),
    prompt('args-prompt', { city: 'Zürich', state: 'ZH' }),
    prompt('args-prompt'),
    prompt('completable-prompt', { department: 'Sales', name: 'Eve' }),
    prompt('absent'),
  ],
};

describe.each<EverythingTransport>(['streamableHttp', 'sse'])('the reference server over %s', (transport) => {
  const exceptions = transport === 'sse' ? [ACCEPT_OF_OLD_TRANSPORT] : [];
  let server: OracleServer;

  // It may have to be installed first.
  beforeAll(async () => {
    server = await startEverything(transport);
  });

  afterAll(() => server[Symbol.asyncDispose]());

  test('is the same to both, tool by tool, resource by resource, prompt by prompt', async () => {
    const { era, protocolVersion, progress, outcomes } = await compareClients(server.url, TOUR, exceptions);
    expect({ era, protocolVersion }).toEqual({ era: 'legacy', protocolVersion: '2025-11-25' });
    expect(progress.map((step) => step.progress)).toEqual([1, 2, 3]);
    expect(outcomes).toHaveLength(TOUR.steps.length);
  });

  test('gets the same answers from both', async () => {
    const filled = {
      name: 'Grace',
      check: true,
      email: 'grace@example.com',
      integer: 85,
      untitledMultipleSelectEnum: ['Piano', 'Drums'],
      titledSingleSelectEnum: 'hero-3',
    };
    const conversation: Conversation = {
      steps: Array.from({ length: 3 }, () => call('trigger-elicitation-request', {})),
      answers: [{ action: 'accept', content: filled }, { action: 'decline' }, { action: 'cancel' }],
    };
    const { answers } = await compareClients(server.url, conversation, exceptions);
    expect(answers).toEqual(conversation.answers);
  });

  test('refuses the same to both: a tool that it does not have, one that wants a task', async () => {
    const steps = [call('absent', { a: 1 }), call('simulate-research-query', { topic: 'x' })];
    const { outcomes } = await compareClients(server.url, { steps, answers: 'defaults' }, exceptions);
    expect(outcomes).toMatchObject([{ result: { isError: true } }, { result: { isError: true } }]);
  });
});
