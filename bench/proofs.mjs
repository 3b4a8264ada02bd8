// What a proof of possession (RFC 9449) costs the bridge: the same calls with a token that anybody could use and with one that
// is bound to a key. The server looks at neither, so that only our side shows.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startSandbox } from '@mcpass/sandbox';

import { BROWSER, COMMAND, time } from './command.mjs';
import { startBridge } from './hosts.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const WARM_UP = 1_000;
const IN_TURN = 2_000;
const AT_ONCE = 4_000;
const WIDTH = 64;

/** @returns medians of all rounds, by kind of token */
export async function measureProofs({ rounds }) {
  const home = await mkdtemp(join(tmpdir(), 'mcpass-bench-'));
  const env = { ...process.env, MCPASS_HOME: home, MCPASS_BROWSER: BROWSER };
  const urls = { bearer: await signIn('plain', env), bound: await signIn('dpop', env) };
  const servers = await Promise.all(Object.values(urls).map(serveAt));
  const results = Object.fromEntries(Object.keys(urls).map((name) => [name, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, url] of Object.entries(urls)) {
        results[name].push(await measure([process.execPath, COMMAND, 'bridge', url], env));
      }
    }
  } finally {
    for (const server of servers) server.stdin.end();
    await rm(home, { recursive: true, force: true });
  }
  return Object.fromEntries(Object.entries(results).map(([name, all]) => [name, medians(all)]));
}

export function proofRows(all) {
  return Object.entries(all).map(([what, one]) => ({
    what,
    'p50 ms': one.p50.toFixed(2),
    [`calls/s at ${WIDTH}`]: one.perSecond.toFixed(0),
    'CPU ms a call': one.cpu.toFixed(2),
  }));
}

export function proofTargets({ bearer, bound }) {
  const [p50, cpu] = [bound.p50 - bearer.p50, bound.cpu - bearer.cpu];
  return [
    { target: 'a proof adds at most 0.4 ms', figure: `${p50.toFixed(2)} ms`, reached: p50 <= 0.4 },
    {
      target: 'and at most 0.4 ms of CPU',
      figure: `${cpu.toFixed(2)} ms`,
      reached: Number.isNaN(cpu) ? undefined : cpu <= 0.4,
    },
  ];
}

/** Signs in at a sandbox, which ends with that: its address is free for another server. */
async function signIn(profile, env) {
  const sandbox = await startSandbox(profile);
  await time([COMMAND, 'login', sandbox.url], env);
  await sandbox.close();
  return sandbox.url;
}

async function serveAt(url) {
  const child = spawn(process.execPath, [join(here, 'plain-server.mjs'), new URL(url).port], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', resolve);
  });
  return child;
}

async function measure(command, env) {
  const bridge = await startBridge(command, env);
  const call = () => bridge.call({ name: 'echo', arguments: { text: 'hello' } });
  try {
    for (let count = 0; count < WARM_UP; count += 1) await call();
    const times = [];
    const before = bridge.cpuMs() ?? Number.NaN;
    for (let count = 0; count < IN_TURN; count += 1) {
      const began = performance.now();
      await call();
      times.push(performance.now() - began);
    }
    const cpu = ((bridge.cpuMs() ?? Number.NaN) - before) / IN_TURN;
    const began = performance.now();
    let left = AT_ONCE;
    const worker = async () => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: WIDTH }, worker));
    return { p50: median(times), cpu, perSecond: AT_ONCE / ((performance.now() - began) / 1000) };
  } finally {
    await bridge.close();
  }
}

function medians(all) {
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, median(all.map((one) => one[name]))]));
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}
