import { expect, test } from 'vitest';
import { createMachine, startServer, textOf } from './support/bridge.js';

test('a host that knows nothing of it uses tokens that are bound to a key, with nonces, through a renewal', async () => {
  const server = await startServer({ sessions: true, dpop: 'required', dpopNonces: { seconds: 60 } });
  const machine = createMachine();
  await machine.run('login', server.url);
  server.log.clear();
  const host = machine.bridge(server.url);
  await host.initialize();
  const echo = (text: string) => host.call('tools/call', { name: 'echo', arguments: { text } });
  const texts = Array.from({ length: 30 }, (_, at) => `call ${at}`);
  expect((await Promise.all(texts.map(echo))).map(textOf)).toEqual(texts);
  server.expireAccessTokens();
  server.fault('mcp tools/call', { redirect: `${server.url}?again=1`, status: 307 });
  expect(textOf(await echo('renewed'))).toBe('renewed');
  const requests = server.log.of('mcp');
  const proofs = requests.map(({ headers }) => headers['dpop']);
  expect(new Set(proofs).size).toBe(requests.length);
  // One for the nonce, and what was on its way when the token ended.
  expect(requests.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(4);
  expect(server.log.of('authorize')).toHaveLength(0);
});
