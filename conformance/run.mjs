/*
 * Runs the official MCP conformance suite against the built command: every client scenario of two requirement sets, one
 * line each. Exit code 1 unless every scored scenario is clean. See README.md.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ensureInstalled } from '../scripts/installed.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const SUITE = join(here, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
/** The suite needs a newer Node than mcpass; the command under test runs on the Node that runs this. */
const SUITE_NODE = join(here, 'node_modules/node/bin/node');
const CLIENT = join(here, 'client.mjs');
const BUILT = join(here, '../packages/cli/dist/command.cjs');
const RESULTS = join(here, '../.cache/conformance');
/** What the suite's Node keeps of the suite, which is large: it is started for each scenario. */
const COMPILED = join(here, '../.cache/compiled');

const REVISIONS = ['2025-11-25', '2026-07-28'];
const AT_A_TIME = 2;
/** Milliseconds that the suite waits for its client: a slow machine is no failure. */
const PATIENCE_MS = 60_000;
/** When the suite itself hangs, as it does while a connection to its servers is open. */
const LONGEST_MS = 90_000;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    // Where the counts go as JSON, for whoever adds them up.
    report: { type: 'string' },
  },
});
process.exitCode = await main();

async function main() {
  await ensureInstalled(here);
  const obstacle = findObstacle();
  if (obstacle !== undefined) {
    process.stderr.write(`${obstacle}\n`);
    return 2;
  }
  const runs = (await Promise.all(REVISIONS.map(readRequirements)))
    .flat()
    .filter(({ scenario }) => options.only?.includes(scenario) ?? true);
  rmSync(RESULTS, { recursive: true, force: true });
  const passed = { scored: 0, unscored: 0 };
  const failed = { scored: 0, unscored: 0 };
  const queue = [...runs];
  const worker = async () => {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
      const outcome = await runScenario(run);
      const count = outcome.isClean ? passed : failed;
      count[run.isScored ? 'scored' : 'unscored'] += 1;
      process.stdout.write(`${lineFor(run, outcome)}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  if (runs.some(({ isScored }) => !isScored)) {
    process.stdout.write(`unscored: ${passed.unscored} passed, ${failed.unscored} failed\n`);
  }
  const counts = { passed: passed.scored, failed: failed.scored };
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
  if (options.report !== undefined) writeFileSync(options.report, JSON.stringify(counts));
  return failed.scored === 0 && passed.scored + passed.unscored > 0 ? 0 : 1;
}

function findObstacle() {
  if (!existsSync(BUILT)) return 'The command is not built: run node scripts/build.mjs first.';
  if (`${process.execPath}${CLIENT}`.includes(' ')) {
    return 'The suite splits its command at every space: this needs a path without spaces.';
  }
  return undefined;
}

/** What the suite itself says the revision requires: the scored client scenarios, and those that are only run. */
async function readRequirements(revision) {
  const { output } = await runSuite(['list', '--requirements', revision]);
  const client = /^Client scenarios.*\n((?: {2}- .*\n)+)/m.exec(output)?.[1] ?? '';
  const scored = [...client.matchAll(/^ {2}- (\S+)/gm)].map(([, scenario]) => scenario);
  const unscored = [...output.matchAll(/^ {4}- (\S+) \[client\]/gm)].map(([, scenario]) => scenario);
  return [
    ...scored.map((scenario) => ({ revision, scenario, isScored: true })),
    ...unscored.map((scenario) => ({ revision, scenario, isScored: false })),
  ];
}

/** @returns {Promise<{ isClean: boolean, ms: number, reasons: string[] }>} */
async function runScenario({ revision, scenario }) {
  const results = join(RESULTS, revision, scenario);
  mkdirSync(results, { recursive: true });
  const begun = performance.now();
  const command = `${process.execPath} ${CLIENT}`;
  const which = ['--scenario', scenario, '--spec-version', revision, '--force'];
  const { code, output } = await runSuite(
    ['client', '--command', command, '--timeout', String(PATIENCE_MS), '-o', results].concat(which),
  );
  const ms = performance.now() - begun;
  return { isClean: code === 0, ms, reasons: code === 0 ? [] : reasonsIn(results, output) };
}

/** @returns {Promise<{ code: number, output: string }>} */
async function runSuite(args) {
  // A group of its own, so that an end from here reaches what the suite started too.
  const child = spawn(SUITE_NODE, [SUITE, ...args], {
    detached: true,
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const overtime = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), LONGEST_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => {
    child.on('close', (status) => resolve(status ?? 1));
  });
  clearTimeout(overtime);
  return { code, output };
}

function reasonsIn(results, output) {
  const reasons = [];
  for (const file of readdirSync(results, { recursive: true })) {
    if (!file.endsWith('checks.json')) continue;
    for (const { id, status, errorMessage, description } of JSON.parse(
      readFileSync(join(results, file), 'utf8'),
    )) {
      if (status === 'FAILURE' || status === 'WARNING') reasons.push(`${id}: ${errorMessage ?? description}`);
    }
  }
  if (/timed? ?out/i.test(output)) reasons.push('timed out');
  const exit = /CLIENT EXITED WITH ERROR \(code (\d+)\)/.exec(output)?.[1];
  if (exit !== undefined) reasons.push(`the client ended with ${exit}`);
  return reasons;
}

function lineFor({ revision, scenario, isScored }, { isClean, ms, reasons }) {
  // What is not scored needs grants that this version does not have.
  const verdict = isClean ? 'ok  ' : isScored ? 'FAIL' : 'no  ';
  const seconds = `${(ms / 1000).toFixed(1)} s`;
  const unscored = isScored ? '' : ' (unscored)';
  const why = reasons.length === 0 ? '' : `\n       ${reasons.join('\n       ')}`;
  return `${verdict} ${revision} ${scenario}${unscored} ${seconds}${why}`;
}
