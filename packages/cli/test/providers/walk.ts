import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { PROFILES, type ProfileName, type Sandbox, type SandboxOptions } from '@mcpass/sandbox';
import { createMachine, type Ended, type Machine } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';
import { expectationOf, type Expectation } from './expectations.js';
import { freePort } from '../../../node/test/fixtures/free-port.js';

/** Every provider, a few at a time. Returns what is not as expected, a line each. */
export async function walkAll(steps: 'short' | 'whole'): Promise<string[]> {
  const names = (Object.keys(PROFILES) as ProfileName[]).filter(hasPage);
  const wrong: string[] = [];
  const walkOn = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const found = await walk(name, steps).catch((error: unknown) => String(error));
      if (found !== undefined) wrong.push(`${name}: ${found}`);
    }
  };
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, walkOn));
  return wrong;
}

/** Those for programs alone have a matrix of their own (`unattended`). */
function hasPage(name: ProfileName): boolean {
  return PROFILES[name].quirks.grantTypes?.includes('authorization_code') ?? true;
}

/** One provider, from `add` to `logout`; undefined when all was as expected. */
async function walk(name: ProfileName, steps: 'short' | 'whole'): Promise<string | undefined> {
  const expected = expectationOf(name);
  const { options, words } = await place(name, expected);
  const sandbox = await startProvider(name, options);
  const machine = createMachine({ person: 'consents' });
  const [client] = sandbox.quirks.staticClients;
  const env = { SANDBOX_SECRET: client?.secret ?? '' };
  const run = (...line: string[]): Promise<Ended> => machine.runWith({ env }, ...line);
  const own = client === undefined ? [] : ['--client-id', client.id, '--client-secret-env', 'SANDBOX_SECRET'];

  const begun = await signIn(sandbox, machine, run, expected, [...own, ...words]);
  if (begun !== 'signed in') return begun === 'refused as expected' ? undefined : begun;
  const isWhole = steps === 'whole' || expected.whole === true;
  const isDead = sandbox.quirks.tokensRefused;
  if (isWhole && !isDead) {
    const listed = await run('tools', 'p');
    if (!listed.stdout.includes('whoami')) return tell('tools', listed);
  }
  const called = await callAfterExpiry(sandbox, run, expected);
  if (called !== undefined) return called;
  if (!isWhole) return undefined;
  const left = await run('logout', 'p');
  return left.code === 0 ? undefined : tell('logout', left);
}

/** Where the redirect URI has a port: one that is free on this machine, and not the provider's. */
async function place(
  name: ProfileName,
  { options = {}, words = [] }: Expectation,
): Promise<{ options: SandboxOptions; words: readonly string[] }> {
  const [client] = PROFILES[name].quirks.staticClients ?? [];
  const [uri] = client?.redirectUris ?? [];
  if (client === undefined || uri === undefined || new URL(uri).port === '') return { options, words };
  const port = await freePort();
  const redirectUris = [uri.replace(/:\d+/, `:${port}`)];
  return {
    options: { ...options, staticClients: [{ ...client, redirectUris }] },
    words: [...words, '--callback-port', String(port)],
  };
}

type Run = (...line: string[]) => Promise<Ended>;

async function signIn(
  sandbox: Sandbox,
  machine: Machine,
  run: Run,
  { outcome, refusal, lines, callFirst }: Expectation,
  words: readonly string[],
): Promise<string> {
  const isRefusedAtLogin = refusal !== undefined;
  const together = isRefusedAtLogin || lines === undefined ? ['--login'] : [];
  // Where nobody will come, the wait is the only thing to see.
  const waits = refusal?.says.source.startsWith('Nobody') === true;
  const added = await run('add', 'p', sandbox.url, ...words, ...(waits ? [] : together));
  const first = waits ? await run('login', 'p', '--timeout', '1') : added;
  if (isRefusedAtLogin) {
    if (first.code !== refusal.code || !refusal.says.test(first.stderr)) return tell('refused login', first);
    if (outcome === 'refused') return 'refused as expected';
  } else if (first.code !== 0) return tell('add', first);
  if (lines === undefined) return 'signed in';
  const pasted = lines(sandbox);
  const [key = ''] = pasted.map((line) => line.split(' = ')[0]);
  // A check is excused with the very line that its refusal printed.
  const isOverride = outcome === 'works with an override';
  if (isOverride && !first.stderr.includes(key)) return tell('names no override', first);
  const block = '[mcp_servers.p]\n';
  const config = readFileSync(machine.configFile, 'utf8');
  writeFileSync(machine.configFile, config.replace(block, `${block}${pasted.join('\n')}\n`));
  const called = callFirst === true ? await run('call', 'p', 'whoami') : undefined;
  if (called !== undefined && (called.code !== 4 || !called.stderr.includes('run:   mcpass login p')))
    return tell('call before login', called);
  const second = await run('login', 'p');
  if (second.code !== 0) return tell('login', second);
  if (!isOverride) return 'signed in';
  const { servers } = (await run('status', 'p', '--json')).json() as { servers: { overrides?: string[] }[] };
  const wanted = pasted.map((line) => line.split(' = ')[0]).filter((name) => name?.startsWith('unsafe.'));
  const shown = servers[0]?.overrides ?? [];
  return wanted.every((name) => shown.includes(name ?? '')) ? 'signed in' : `status shows ${shown.join(' ')}`;
}

async function callAfterExpiry(
  sandbox: Sandbox,
  run: Run,
  { afterExpiry }: Expectation,
): Promise<string | undefined> {
  sandbox.expireAccessTokens();
  const called = await run('call', 'p', 'whoami');
  if (afterExpiry !== undefined) {
    const isRight = called.code === afterExpiry.code && afterExpiry.says.test(called.stderr);
    return isRight ? undefined : tell('call after expiry', called);
  }
  // A server that wants a nonce says so with its first answer.
  const renewed = sandbox.log
    .of('token')
    .filter(({ form, status }) => form.get('grant_type') === 'refresh_token' && (status ?? 500) < 300).length;
  const isRight = called.code === 0 && called.stdout.includes('ada@sandbox.test') && renewed === 1;
  return isRight ? undefined : tell(`call after expiry, ${renewed} renewals`, called);
}

function tell(step: string, { code, stdout, stderr }: Ended): string {
  return `${step}: exit ${code}\n${stdout}${stderr}`;
}
