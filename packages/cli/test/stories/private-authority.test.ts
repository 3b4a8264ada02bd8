import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificate } from '@mcpass/sandbox';
import { expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';

test('a private certificate authority holds for every request of the sign-in, not only for the server', async () => {
  const https = createCertificate();
  const sandbox = await startProvider('resource-bound', { https, hostname: 'localhost' });
  const machine = createMachine();
  const authority = join(machine.home, '..', 'authority.pem');
  writeFileSync(authority, https.cert);

  const refused = await machine.run('login', sandbox.url, '--no-browser');
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('NODE_EXTRA_CA_CERTS');

  const env = { NODE_EXTRA_CA_CERTS: authority };
  const running = machine.start({ env }, 'login', sandbox.url, '--no-browser');
  await running.said('code_challenge');
  const asked = sandbox.log.all.map(({ endpoint }) => endpoint);
  expect(asked).toEqual(['mcp', 'resource-metadata', 'metadata', 'register']);
  running.process.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
});
