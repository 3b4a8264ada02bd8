// What the bridge adds to a call, beside mcp-remote, beside a plain proxy on the SDK and beside a client without a bridge,
// in one run against one local server. Ratios of one run mean something, milliseconds little.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { COMMAND } from './command.mjs';
import { startBridge, startDirect } from './hosts.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const MCP_REMOTE = join(here, 'node_modules', 'mcp-remote', 'dist', 'proxy.js');
const WARM_UP = 1_000;
const IN_TURN = 2_000;
const AT_ONCE = 4_000;
const WIDTH = 64;
const BIG_CALLS = 15;

/** @returns medians of all rounds, by subject */
export async function measureBridge({ rounds }) {
  const server = await startServer();
  const home = await mkdtemp(join(tmpdir(), 'mcpass-bench-'));
  const env = { ...process.env, MCPASS_HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, 'mcp-remote') };
  const bridge = (file, ...args) => startBridge([process.execPath, file, ...args], env);
  const subjects = {
    direct: () => startDirect(server.url),
    'mcpass bridge': () => bridge(COMMAND, 'bridge', server.url),
    'SDK proxy': () => bridge(join(here, 'sdk-proxy.mjs'), server.url),
    'mcp-remote': () => bridge(MCP_REMOTE, server.url, '--allow-http'),
  };
  const results = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  try {
    // In turn, so that whatever else the machine does hits all of them alike.
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, start] of Object.entries(subjects)) results[name].push(await measure(start));
    }
  } finally {
    server.close();
    await rm(home, { recursive: true, force: true });
  }
  return Object.fromEntries(Object.entries(results).map(([name, all]) => [name, medians(all)]));
}

/** A row for each subject, as it is shown. */
export function bridgeRows(all) {
  const shown = (value, digits) => value?.toFixed(digits) ?? '-';
  return Object.entries(all).map(([what, one]) => ({
    what,
    'added p50 ms': shown(one.p50 - all.direct.p50, 2),
    'added p99 ms': shown(one.p99 - all.direct.p99, 2),
    [`calls/s at ${WIDTH}`]: shown(one.perSecond, 0),
    [`CPU ms a call 1 / ${WIDTH}`]: `${shown(one.cpuInTurn, 2)} / ${shown(one.cpuAtOnce, 2)}`,
    '10 MB ms': shown(one.big, 0),
    'MiB idle / 1,000 / 10,000': [one.idle, one.after1000, one.after10000]
      .map((value) => shown(value, 0))
      .join(' / '),
    'first answer ms': shown(one.startMs, 0),
  }));
}

/** The targets, each with its figure; `reached` is undefined where this system does not tell the figure. */
export function bridgeTargets({ direct, 'mcpass bridge': ours, 'SDK proxy': sdk, 'mcp-remote': theirs }) {
  const added = ours.p50 - direct.p50;
  const atMost = (target, figure, limit, unit, digits = 2) => ({
    target,
    figure: `${figure.toFixed(digits)}${unit}`,
    reached: Number.isNaN(figure) ? undefined : figure <= limit,
  });
  const atLeast = (target, figure, limit) => ({
    target,
    figure: `${figure.toFixed(1)} times`,
    reached: figure >= limit,
  });
  return [
    atMost('added p50 at most 0.3 ms', added, 0.3, ' ms'),
    atMost("added p50 at most a third of mcp-remote's", added / (theirs.p50 - direct.p50), 1 / 3, ''),
    atLeast("calls/s at least three times mcp-remote's", ours.perSecond / theirs.perSecond, 3),
    atLeast("calls/s at least 1.5 times the SDK proxy's", ours.perSecond / sdk.perSecond, 1.5),
    atMost('CPU at most 0.4 ms a call', ours.cpuInTurn ?? NaN, 0.4, ' ms'),
    atMost('10 MB within 1.5 times direct', ours.big / direct.big, 1.5, ' times'),
    atMost('at most 80 MiB idle', ours.idle ?? NaN, 80, ' MiB', 0),
    atMost("half of mcp-remote's memory after load", ours.after10000 / theirs.after10000, 0.5, ''),
    atMost('flat from 1,000 to 10,000 calls (+10 %)', ours.after10000 / ours.after1000, 1.1, ' times'),
    atMost("first answer within 60 % of mcp-remote's time", ours.startMs / theirs.startMs, 0.6, ''),
  ];
}

async function startServer() {
  const child = spawn(process.execPath, [join(here, 'plain-server.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (text) => resolve(String(text).trim()));
  });
  return { url, close: () => child.stdin.end() };
}

async function measure(start) {
  const subject = await start();
  try {
    await settled();
    const idle = subject.rssMiB();
    for (let count = 0; count < WARM_UP; count += 1) {
      await subject.call({ name: 'echo', arguments: { text: 'warm' } });
    }
    const after1000 = subject.rssMiB();

    const times = [];
    const before = subject.cpuMs();
    for (let count = 0; count < IN_TURN; count += 1) {
      const began = performance.now();
      await subject.call({ name: 'echo', arguments: { text: 'hello' } });
      times.push(performance.now() - began);
    }
    const between = subject.cpuMs();
    const began = performance.now();
    await atOnce(subject, AT_ONCE);
    const perSecond = AT_ONCE / ((performance.now() - began) / 1000);
    const after = subject.cpuMs();
    await atOnce(subject, 10_000 - WARM_UP - IN_TURN - AT_ONCE);
    const after10000 = subject.rssMiB();

    const big = [];
    for (let count = 0; count < BIG_CALLS; count += 1) {
      const start = performance.now();
      await subject.call({ name: 'big' });
      big.push(performance.now() - start);
    }
    return {
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      perSecond,
      cpuInTurn: before === undefined ? undefined : (between - before) / IN_TURN,
      cpuAtOnce: before === undefined ? undefined : (after - between) / AT_ONCE,
      big: quantile(big, 0.5),
      idle,
      after1000,
      after10000,
      startMs: subject.startMs,
    };
  } finally {
    await subject.close();
  }
}

async function atOnce(subject, calls) {
  let left = calls;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await subject.call({ name: 'echo', arguments: { text: 'hello' } });
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 300));

function medians(all) {
  const keys = Object.keys(all[0]).filter((key) => all[0][key] !== undefined);
  const median = (key) =>
    quantile(
      all.map((one) => one[key]),
      0.5,
    );
  return Object.fromEntries(keys.map((key) => [key, median(key)]));
}

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
