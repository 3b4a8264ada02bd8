// The whole job, each command as a person would type it, against a provider whose access tokens live for a few seconds.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { startSandbox } from '@mcpass/sandbox';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const command = join(root, 'packages', 'cli', 'bin', 'mcpass.js');
// A simulated user: opens the page of the authorization server and clicks Allow.
const browser = createRequire(import.meta.url).resolve('@mcpass/sandbox/browser');
const TOKEN_SECONDS = 5;
const TOOL = 'echo';
const NEXT = [
  'Next, with a real server:  npx mcpass login https://mcp.linear.app/mcp',
  'To have it everywhere:     npm install -g ./packages/cli\n',
];

/** @returns {Promise<number>} the exit code: 0 when everything that is shown also happened at the provider */
export async function demonstrate() {
  const home = await mkdtemp(join(tmpdir(), 'mcpass-demo-'));
  const sandbox = await startSandbox('authkit', { accessTokenSeconds: TOKEN_SECONDS });
  const env = {
    ...process.env,
    MCPASS_HOME: home,
    MCPASS_BROWSER: `"${process.execPath}" "${browser}"`,
  };
  const run = (...args) => show(args, env);
  try {
    say(
      `A simulated provider runs at ${sandbox.url}; its access tokens live for ${TOKEN_SECONDS} seconds.\n`,
    );
    await run('add', 'demo', sandbox.url);
    await run('login', 'demo');
    await run('tools', 'demo');
    const { tools } = JSON.parse(await quietly(['tools', 'demo', '--json'], env));
    await run('call', 'demo', TOOL, 'text=hello');
    say(`(${TOKEN_SECONDS} seconds later: the access token has expired)\n`);
    await wait(TOKEN_SECONDS * 1000);
    sandbox.log.clear();
    await run('call', 'demo', TOOL, 'text=hello again');
    await run('status', 'demo');
    const renewed = sandbox.log
      .of('token')
      .filter(({ form }) => form.get('grant_type') === 'refresh_token').length;
    const windows = sandbox.log.of('authorize').length;
    if (renewed !== 1 || windows !== 0) {
      say(`not ok: expected one refresh and no sign-in, the provider saw ${renewed} and ${windows}`);
      return 1;
    }
    for (const line of NEXT) say(line);
    say(`ok: signed in, listed ${tools.length} tools, called ${TOOL} twice, renewed once`);
    return 0;
  } catch (error) {
    say(`not ok: ${error.message}`);
    return 1;
  } finally {
    await sandbox.close();
    await rm(home, { recursive: true, force: true });
  }
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

async function show(args, env) {
  say(`$ mcpass ${args.map((arg) => (/[\s"']/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  await execute(args, env, 'inherit');
  say('');
}

const quietly = (args, env) => execute(args, env, 'pipe');

function execute(args, env, output) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], { env, stdio: ['ignore', output, 'inherit'] });
    let printed = '';
    child.stdout?.on('data', (chunk) => (printed += chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(printed) : reject(new Error(`mcpass ${args[0]} ended with exit code ${code}`)),
    );
  });
}
