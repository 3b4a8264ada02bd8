import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createAuthorizer } from '@mcpass/auth';
import { openSession } from '@mcpass/mcp';
import { systemClock, systemRandom } from '@mcpass/node/fetch';
import { openStore } from '@mcpass/node/stores';
import { expect } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startProvider, tokenRequests } from '../harness/provider.js';

/** How long the tokens live. */
export const TOKEN_SECONDS = 5;

export interface SoFar {
  readonly seconds: number;
  readonly renewals: number;
}

/**
 * One session that stays open and commands that come and go, on the same credential, whose tokens live for five seconds.
 * No call fails, and nobody signs in a second time.
 */
export async function liveOnShortTokens(until: (soFar: SoFar) => boolean) {
  const sandbox = await startProvider('authkit', { accessTokenSeconds: TOKEN_SECONDS });
  const machine = createMachine({ person: 'consents' });
  await machine.prepare('login', sandbox.url);
  const began = performance.now();
  const soFar = (): SoFar => ({
    seconds: (performance.now() - began) / 1000,
    renewals: tokenRequests(sandbox, 'refresh_token').length,
  });

  const { fetch } = createAuthorizer({
    settings: { url: sandbox.url },
    ports: {
      fetch: globalThis.fetch,
      clock: systemClock,
      random: systemRandom,
      store: openStore({ choice: 'plain', paths: { data: join(machine.home, 'data') } }),
      observe: () => undefined,
    },
  });
  const session = await openSession({
    url: sandbox.url,
    fetch,
    clientInfo: { name: 'test', version: '1' },
  });
  const inSession = async () => {
    let calls = 0;
    for (; !until(soFar()); calls += 1) {
      const result = await session.callTool('echo', { text: String(calls) });
      expect(result).toMatchObject({ content: [{ text: String(calls) }] });
      await wait(250);
    }
    await session.close();
    return calls;
  };
  const byCommand = async () => {
    let calls = 0;
    for (; !until(soFar()); calls += 1) {
      const { code, stderr } = await machine.run('call', sandbox.url, 'echo', 'text=command');
      expect(code, stderr).toBe(0);
      await wait(3_000);
    }
    return calls;
  };
  const [sessionCalls, commands] = await Promise.all([inSession(), byCommand()]);
  const { seconds, renewals } = soFar();
  expect(sandbox.log.of('authorize')).toHaveLength(1);
  // Once for each life of a token, whoever used it, and no storm: a life is at least 5 s, less a quarter for the skew,
  // less up to a second because records count whole seconds.
  expect(renewals).toBeLessThanOrEqual(Math.ceil(seconds / (TOKEN_SECONDS * 0.75 - 1)));
  return { sessionCalls, commands, seconds, renewals };
}
