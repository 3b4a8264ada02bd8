// How long the command takes to start, beside a bare Node in the same run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startSandbox } from '@mcpass/sandbox';

import { BROWSER, COMMAND, output, time } from './command.mjs';

/** What may be added to a bare Node in milliseconds, or how many times as long it may take: a ratio of one run. */
const TARGETS = { '--version': { addedMs: 25 }, list: { times: 3 }, token: { times: 3 } };
/** `tools` beside a script on the SDK that does the same: how many times as long it may take. */
const TOOLS_TARGET = 0.6;
const SDK = 'tools by the SDK';

export async function measureStartUp({ rounds }) {
  const home = await mkdtemp(join(tmpdir(), 'mcpass-bench-'));
  // Without what makes a bare Node slower as well, and a ratio smaller: authorities of its own cost it 40 ms.
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...rest } = process.env;
  const env = { ...rest, MCPASS_HOME: home, MCPASS_BROWSER: BROWSER };
  const sandbox = await startSandbox('plain');
  try {
    await time([COMMAND, 'add', 'bench', sandbox.url], env);
    await time([COMMAND, 'login', 'bench'], env);
    const subjects = {
      'node -e 0': ['-e', '0'],
      '--version': [COMMAND, '--version'],
      list: [COMMAND, 'list'],
      token: [COMMAND, 'token', 'bench'],
      tools: [COMMAND, 'tools', 'bench'],
      [SDK]: [fileURLToPath(new URL('sdk-tools.mjs', import.meta.url))],
    };
    const BENCH_TOKEN = (await output([COMMAND, 'token', 'bench'], env)).trim();
    Object.assign(env, { BENCH_TOKEN, BENCH_URL: sandbox.url });
    const times = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
    // In turn, so that whatever else the machine does hits all of them alike.
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, args] of Object.entries(subjects)) times[name].push(await time(args, env));
    }
    const bare = median(times['node -e 0']);
    return Object.keys(subjects).map((what) => {
      const own = median(times[what]);
      return {
        what,
        median: own.toFixed(0),
        added: (own - bare).toFixed(1),
        times: (own / bare).toFixed(2),
      };
    });
  } finally {
    await sandbox.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** The rows beside what was wanted of them. */
export function startUpTargets(rows) {
  const medianOf = (name) => Number(rows.find(({ what }) => what === name).median);
  const beside = medianOf('tools') / medianOf(SDK);
  const tools = {
    target: `tools: at most ${TOOLS_TARGET} of the time of a script on the SDK`,
    figure: beside.toFixed(2),
    reached: beside <= TOOLS_TARGET,
  };
  return [...startTargets(rows), tools];
}

function startTargets(rows) {
  return rows
    .filter(({ what }) => what in TARGETS)
    .map(({ what, added, times }) => {
      const target = TARGETS[what];
      return target.times === undefined
        ? {
            target: `${what}: at most ${target.addedMs} ms beyond a bare Node`,
            figure: `${added} ms`,
            reached: Number(added) <= target.addedMs,
          }
        : {
            target: `${what}: at most ${target.times} times a bare Node`,
            figure: `${times} times`,
            reached: Number(times) <= target.times,
          };
    });
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
