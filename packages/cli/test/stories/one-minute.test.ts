import { setTimeout as wait } from 'node:timers/promises';
import { createAuthorizer } from '@mcpass/auth';
import { openSession } from '@mcpass/mcp';
import { openStore } from '@mcpass/node/stores';
import { systemClock, systemRandom } from '@mcpass/node/fetch';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startProvider, tokenRequests } from '../harness/provider.js';

/*
 * People had to sign in every five minutes. Here tokens live for five seconds, and a minute passes without anybody
 * noticing: in one session that stays open, and in commands that come and go, on the same credential.
 */

const SECONDS = 60;
const TOKEN_SECONDS = 5;

test(
  'a minute on tokens of five seconds: no second sign-in, no failed call',
  { timeout: 120_000 },
  async () => {
    const sandbox = await startProvider('authkit', { accessTokenSeconds: TOKEN_SECONDS });
    const machine = createMachine({ person: 'consents' });
    expect((await machine.run('login', sandbox.url)).code).toBe(0);
    const end = Date.now() + SECONDS * 1000;

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
      for (; Date.now() < end; calls += 1) {
        const result = await session.callTool('echo', { text: String(calls) });
        expect(result).toMatchObject({ content: [{ text: String(calls) }] });
        await wait(250);
      }
      await session.close();
      return calls;
    };
    const byCommand = async () => {
      let calls = 0;
      for (; Date.now() < end; calls += 1) {
        const { code, stderr } = await machine.run('call', sandbox.url, 'echo', 'text=command');
        expect(code, stderr).toBe(0);
        await wait(3_000);
      }
      return calls;
    };
    const [sessionCalls, commands] = await Promise.all([inSession(), byCommand()]);

    expect(sessionCalls).toBeGreaterThan(30);
    expect(commands).toBeGreaterThan(5);
    expect(sandbox.log.of('authorize')).toHaveLength(1);
    const renewals = tokenRequests(sandbox, 'refresh_token').length;
    // Once for each life of a token, whoever used it, and no storm: a life is at least 5 s, less a quarter for the skew,
    // less up to a second because records count whole seconds.
    expect(renewals).toBeGreaterThanOrEqual(Math.floor(SECONDS / TOKEN_SECONDS) - 1);
    expect(renewals).toBeLessThanOrEqual(Math.ceil(SECONDS / (TOKEN_SECONDS * 0.75 - 1)));
  },
);
