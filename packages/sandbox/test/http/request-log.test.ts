import { expect, test } from 'vitest';
import type { LoggedRequest } from '../../src/index.js';
import { signIn } from '../support/oauth.js';
import { rpc } from '../support/rpc.js';
import { sandboxes } from '../support/sandboxes.js';

const start = sandboxes();

test('holds what was sent, decoded', async () => {
  const sandbox = await start('plain');
  await rpc(
    sandbox,
    'tools/call',
    { name: 'echo', arguments: { text: 'hi' } },
    { headers: { 'X-Custom': 'a' } },
  );
  const flow = await signIn(sandbox, { scope: 'mcp:read mcp:write' });
  await flow.exchange();
  const { log } = sandbox;

  const [call] = log.of('mcp', 'tools/call');
  expect(call).toMatchObject({
    server: 'resource',
    method: 'POST',
    path: '/mcp',
    operation: 'tools/call',
    target: 'echo',
    status: 401,
    json: { method: 'tools/call', params: { arguments: { text: 'hi' } } },
  });
  expect(call?.headers['x-custom']).toBe('a');
  expect(log.of('register')[0]?.json).toMatchObject({ scope: 'mcp:read mcp:write' });
  expect(log.of('authorize')[0]?.query.getAll('resource')).toEqual([sandbox.resource]);
  expect(log.of('token')[0]?.form.get('grant_type')).toBe('authorization_code');
  expect(log.of('token')[0]?.body).toContain('grant_type=authorization_code');
  expect(log.of('mcp', 'tools/list')).toEqual([]);
  expect(log.to('resource')).toHaveLength(1);
  expect(log.paths('authorization').at(-1)).toBe('POST /token');
  log.clear();
  expect(log.all).toEqual([]);
});

test('sees what nobody serves, and reports each answer', async () => {
  const answered: LoggedRequest[] = [];
  const sandbox = await start('plain', { onAnswer: (request) => answered.push(request) });
  await fetch(`${sandbox.issuer}/nothing?here=1`);
  await fetch(`${sandbox.issuer}/token`);
  expect(sandbox.log.of('unknown')[0]).toMatchObject({
    path: '/nothing',
    status: 404,
    server: 'authorization',
  });
  expect(answered.map(({ path, status }) => [path, status])).toEqual([
    ['/nothing', 404],
    ['/token', 405],
  ]);
});
