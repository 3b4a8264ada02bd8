// `npm run bench:bridge`: what the bridge adds to a call, beside mcp-remote, beside a plain proxy on the SDK and beside a
// client without a bridge, in one run against one local server. Ratios of one run mean something, milliseconds little.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { COMMAND } from './command.mjs';
import { startBridge, startDirect } from './hosts.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const WARM_UP = 1_000;
const IN_TURN = 2_000;
const AT_ONCE = 4_000;
const WIDTH = 64;
const BIG_CALLS = 5;

/** mcp-remote is not ours to install: a folder of `npm install mcp-remote` named by MCP_REMOTE, or the one here. */
function findMcpRemote() {
  const folders = [process.env.MCP_REMOTE, dirname(here)].filter((folder) => folder !== undefined);
  const files = folders.map((folder) => join(folder, 'node_modules', 'mcp-remote', 'dist', 'proxy.js'));
  return files.find((file) => existsSync(file));
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

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const server = await startServer();
const home = await mkdtemp(join(tmpdir(), 'mcpass-bench-'));
const env = { ...process.env, MCPASS_HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, 'mcp-remote') };
const remote = findMcpRemote();
const subjects = {
  direct: () => startDirect(server.url),
  'mcpass bridge': () =>
    startBridge([process.execPath, process.env.MCPASS ?? COMMAND, 'bridge', server.url], env),
  'SDK proxy': () => startBridge([process.execPath, join(here, 'sdk-proxy.mjs'), server.url], env),
  ...(remote !== undefined && {
    'mcp-remote': () => startBridge([process.execPath, remote, server.url, '--allow-http'], env),
  }),
};
if (remote === undefined) {
  process.stdout.write('mcp-remote is not here; to measure beside it, name a folder with it in MCP_REMOTE\n');
}

const rounds = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
try {
  // In turn, so that whatever else the machine does hits all of them alike.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, start] of Object.entries(subjects)) rounds[name].push(await measure(start));
  }
} finally {
  server.close();
  await rm(home, { recursive: true, force: true });
}

const medians = Object.fromEntries(
  Object.entries(rounds).map(([name, all]) => [
    name,
    Object.fromEntries(
      Object.keys(all[0]).map((key) => [
        key,
        all[0][key] === undefined
          ? undefined
          : quantile(
              all.map((one) => one[key]),
              0.5,
            ),
      ]),
    ),
  ]),
);
print(medians);
process.exitCode = judge(medians) ? 0 : 1;

function print(all) {
  const columns = {
    'added p50 ms': ({ p50 }) => (p50 - all.direct.p50).toFixed(2),
    'added p99 ms': ({ p99 }) => (p99 - all.direct.p99).toFixed(2),
    [`calls/s at ${WIDTH}`]: ({ perSecond }) => perSecond.toFixed(0),
    'CPU ms a call 1 / 64': ({ cpuInTurn, cpuAtOnce }) =>
      `${cpuInTurn?.toFixed(2) ?? '-'} / ${cpuAtOnce?.toFixed(2) ?? '-'}`,
    '10 MB ms': ({ big }) => big.toFixed(0),
    'MiB idle / 1,000 / 10,000': ({ idle, after1000, after10000 }) =>
      [idle, after1000, after10000].map((value) => value?.toFixed(0) ?? '-').join(' / '),
    'first answer ms': ({ startMs }) => startMs.toFixed(0),
  };
  const head = ['', ...Object.keys(columns)];
  const shows = Object.values(columns);
  const rows = Object.entries(all).map(([name, row]) => [name].concat(shows.map((show) => show(row))));
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at].length)));
  for (const row of [head, ...rows]) {
    process.stdout.write(
      `${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ')}\n`,
    );
  }
}

/** The targets, and whether this run reached them. */
function judge(all) {
  const { direct, 'mcpass bridge': ours, 'SDK proxy': sdk, 'mcp-remote': theirs } = all;
  const added = ours.p50 - direct.p50;
  const targets = [
    ['added p50 at most 0.3 ms', added <= 0.3],
    ['CPU at most 0.4 ms a call', ours.cpuInTurn === undefined || ours.cpuInTurn <= 0.4],
    ["calls/s at least 1.5 times the SDK proxy's", ours.perSecond >= 1.5 * sdk.perSecond],
    ['at most 80 MiB idle', ours.idle === undefined || ours.idle <= 80],
    ['10 MB within 1.5 times direct', ours.big <= 1.5 * direct.big],
    [
      'memory flat (within 25 %) from 1,000 to 10,000 calls',
      ours.after10000 === undefined || ours.after10000 <= 1.25 * ours.after1000,
    ],
    ...(theirs === undefined
      ? []
      : [
          ["added p50 at most a third of mcp-remote's", added <= (theirs.p50 - direct.p50) / 3],
          ["calls/s at least three times mcp-remote's", ours.perSecond >= 3 * theirs.perSecond],
          [
            "half of mcp-remote's memory after load",
            ours.after10000 === undefined || ours.after10000 <= theirs.after10000 / 2,
          ],
          ["first answer within 60 % of mcp-remote's time", ours.startMs <= 0.6 * theirs.startMs],
        ]),
  ];
  process.stdout.write('\n');
  for (const [target, reached] of targets)
    process.stdout.write(`${reached ? 'reached' : 'MISSED '}  ${target}\n`);
  return targets.every(([, reached]) => reached);
}
