import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createMachine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';

/* The programs in examples/ do what they say, as they are. */

const run = promisify(execFile);
/** The built one: a browser is a process of its own. */
const BROWSER = createRequire(import.meta.url).resolve('@mcpass/sandbox/browser');

async function example(name: string): Promise<string> {
  const { home } = createMachine();
  const sandbox = await startProvider('authkit');
  const script = fileURLToPath(new URL(`../../../../examples/${name}`, import.meta.url));
  const env = {
    ...process.env,
    CI: '',
    MCPASS_HOME: home,
    MCPASS_BROWSER: `"${process.execPath}" "${BROWSER}"`,
  };
  const { stdout } = await run(process.execPath, [script, sandbox.url], { env });
  expect(sandbox.log.of('authorize')).toHaveLength(1);
  return stdout;
}

test('agent.mjs lists the tools', async () => {
  expect((await example('agent.mjs')).split('\n')).toContain('echo');
});

test('own-store.mjs signs in and is let in', async () => {
  expect(await example('own-store.mjs')).toBe('200\n');
});
