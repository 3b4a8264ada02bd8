import { expect, test } from 'vitest';
import type { Seen } from '../../auth/test/support/script.js';
import { scriptedProvider } from '../../auth/test/support/scripted-provider.js';
import { UNSAFE_TEXT } from '../../auth/test/support/unsafe-text.js';
import { createMachine } from './support/bridge.js';

test('no answer of ours carries control characters of a challenge to the host, nor the log to a terminal', async () => {
  const scope = 'read up\u009b2A admin \u0090q\u009c';
  const words = 'more\u009b2J please';
  const { url } = await scriptedProvider(() => ({
    'POST /mcp': ({ headers }: Seen) =>
      headers['authorization'] === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Bearer' } }
        : {
            status: 403,
            headers: {
              'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}", error_description="${words}"`,
            },
          },
  }));
  const machine = createMachine();
  await machine.run('login', url);
  const host = machine.bridge(url);
  const greeted = await host.initialize();
  const listed = greeted.error === undefined ? await host.call('tools/list') : greeted;
  expect(listed.error?.message).toContain(`mcpass login ${url} --scopes read,admin`);
  for (const line of host.lines)
    expect(JSON.stringify(Object.values(JSON.parse(line) as object))).not.toMatch(UNSAFE_TEXT);
  expect(host.stderr().replaceAll('\n', '')).not.toMatch(UNSAFE_TEXT);
});
