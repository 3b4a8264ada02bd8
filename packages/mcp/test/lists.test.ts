import { expect, test } from 'vitest';

import { LISTED, startLegacyServer, startModernServer } from './support/mcp-server.js';
import type { Exchange } from './support/scripted-server.js';
import { openTestSession, rejection } from './support/session.js';

/** Three pages; the empty string leads to the last when `usesEmptyCursor`. */
function pages(key: string, usesEmptyCursor: boolean, extra: object = {}): (exchange: Exchange) => void {
  const last = usesEmptyCursor ? '' : 'c';
  return (exchange) => {
    const cursor = exchange.message.params?.['cursor'];
    if (cursor === undefined) exchange.result({ ...extra, [key]: [{ name: 'a' }], nextCursor: 'b' });
    else if (cursor === 'b') exchange.result({ ...extra, [key]: [{ name: 'b' }], nextCursor: last });
    else exchange.result({ ...extra, [key]: [{ name: `after ${JSON.stringify(cursor)}` }] });
  };
}

test('legacy: a list is all its pages', async () => {
  await using server = await startLegacyServer({ 'prompts/list': pages('prompts', false) });
  await using opened = await openTestSession(server);
  expect(await opened.session.listPrompts()).toEqual({
    supported: true,
    items: [{ name: 'a' }, { name: 'b' }, { name: 'after "c"' }],
  });
});

test('legacy: an empty cursor is the end, as some servers mean it', async () => {
  await using server = await startLegacyServer({ 'prompts/list': pages('prompts', true) });
  await using opened = await openTestSession(server);
  expect((await opened.session.listPrompts()).items).toEqual([{ name: 'a' }, { name: 'b' }]);
});

test('modern: an empty cursor is a cursor', async () => {
  const templates = (cursor: string) => ({ name: cursor, uriTemplate: 'x:{y}' });
  await using server = await startModernServer({
    'resources/templates/list': ({ message, result }) =>
      message.params?.['cursor'] === undefined
        ? result({ ...LISTED, resourceTemplates: [templates('first')], nextCursor: '' })
        : result({ ...LISTED, resourceTemplates: [templates('second')] }),
  });
  await using opened = await openTestSession(server);
  const { items } = await opened.session.listResourceTemplates();
  expect(items).toEqual([templates('first'), templates('second')]);
});

test('a list that leads round in circles ends', async () => {
  await using server = await startLegacyServer({
    'prompts/list': (exchange) => exchange.result({ prompts: [{ name: 'again' }], nextCursor: 'same' }),
  });
  await using opened = await openTestSession(server);
  expect((await opened.session.listPrompts()).items).toHaveLength(2);
});

test('a list that never ends is given up', async () => {
  let page = 0;
  await using server = await startLegacyServer({
    'prompts/list': (exchange) => exchange.result({ prompts: [], nextCursor: String((page += 1)) }),
  });
  await using opened = await openTestSession(server);
  expect(await rejection(opened.session.listPrompts())).toMatchObject({ code: 'answer_invalid' });
  expect(page).toBe(200);
});

test('what a server does not advertise is not asked for', async () => {
  await using server = await startModernServer(
    { 'tools/list': (exchange) => exchange.result({ ...LISTED, tools: [] }) },
    { capabilities: { tools: {} } },
  );
  await using opened = await openTestSession(server);
  const { session } = opened;
  expect(await session.listResources()).toEqual({ supported: false, items: [] });
  expect(await session.listResourceTemplates()).toEqual({ supported: false, items: [] });
  expect(await session.listPrompts()).toEqual({ supported: false, items: [] });
  expect(await session.listTools()).toEqual({ supported: true, items: [] });
  expect(server.log()).toEqual(['POST server/discover', 'POST tools/list']);
});

test.each(['modern', 'legacy'])(
  '%s: what a server advertises and then does not know is not supported',
  async (era) => {
    const start = era === 'modern' ? startModernServer : startLegacyServer;
    await using server = await start({}, { capabilities: { resources: {} } });
    await using opened = await openTestSession(server);
    expect(await opened.session.listResourceTemplates()).toEqual({ supported: false, items: [] });
    expect(server.log()).toContain('POST resources/templates/list');
  },
);

test('a server that advertises nothing is asked all the same', async () => {
  await using server = await startLegacyServer(
    {
      'tools/list': (exchange) => exchange.result({ tools: [{ name: 'forgotten' }] }),
      'prompts/list': (exchange) => exchange.result({}),
    },
    { capabilities: {} },
  );
  await using opened = await openTestSession(server);
  expect(await opened.session.listTools()).toEqual({ supported: true, items: [{ name: 'forgotten' }] });
  expect(await opened.session.listResources()).toEqual({ supported: false, items: [] });
  expect(await opened.session.listPrompts()).toEqual({ supported: false, items: [] });
});

test('a list without the list is nonsense', async () => {
  await using server = await startLegacyServer({ 'prompts/list': (exchange) => exchange.result({}) });
  await using opened = await openTestSession(server);
  const error = await rejection(opened.session.listPrompts());
  expect(error).toMatchObject({ code: 'answer_invalid' });
  expect(String(error)).toContain('it has no prompts');
});
