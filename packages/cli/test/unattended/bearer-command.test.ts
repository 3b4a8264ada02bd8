import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProtectedServer } from '../harness/protected-server.js';
import { createUnattended } from './machine.js';

/* A token that another program hands out: a vault, a cloud's command line. */

test('a command brings the token; when it is refused it is asked once more, and a failure says what it said', async () => {
  const good = new Set(['one']);
  const server = await startProtectedServer({
    issuer: 'http://127.0.0.1:1',
    odd: ({ headers }, response) =>
      good.has(headers.authorization?.replace('Bearer ', '') ?? '')
        ? undefined
        : response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end(),
  });
  const { run, directory, host } = createUnattended((work) => {
    writeFileSync(join(work, 'asked'), '');
    const script = `const fs = require('fs'); fs.appendFileSync('${work}/asked', '.');
      const token = fs.readFileSync('${work}/token', 'utf8');
      if (token === 'none') { console.error('vault is sealed'); process.exit(3); }
      console.log(token);`;
    return [
      `url = "${server.url}"`,
      `bearer_token_command = ${JSON.stringify([process.execPath, '-e', script])}`,
    ];
  });
  const give = (token: string) => writeFileSync(join(directory, 'token'), token);
  give('one');
  const login = await run('login', 'm');
  expect(login.code, login.stderr).toBe(0);
  expect(login.stdout).toContain('needs no person');
  expect((await run('token', 'm')).stdout).toBe('one\n');
  expect((await run('status', 'm')).stdout).toContain('by bearer_token_command');
  const bridge = await host();
  await bridge.tool('t');

  give('two');
  good.clear();
  good.add('two');
  expect(await bridge.tool('t')).not.toContain('refuses');
  expect(server.tokens().at(-1)).toBe('two');

  good.clear();
  const refused = await run('tools', 'm');
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('refuses the token');
  give('none');
  const failed = await run('tools', 'm');
  expect(failed.code).toBe(2);
  expect(failed.stderr).toContain('vault is sealed');
  give('two words');
  expect((await run('token', 'm')).stderr).toContain('gives no token');
});
