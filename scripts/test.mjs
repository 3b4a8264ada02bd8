// `npm test`: installs and builds, and then checks types, rules and format beside the tests and the official conformance
// suite. What runs at the same time is printed one after the other: each part when it ends, and what each took at the end.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureInstalled } from './installed.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'mcpass-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
/** What each part took, in the order in which they ended. */
const times = [];
let broken = 0;

/**
 * One part of the whole, which fails alone.
 *
 * @param {string} name
 * @param {(say: (text: string) => void) => boolean | Promise<boolean>} run
 */
async function part(name, run) {
  const startedMs = Date.now();
  let output = '';
  let ok = false;
  try {
    ok = await run((text) => {
      output += text;
    });
  } catch (error) {
    output += `${error.message}\n`;
  }
  if (!ok) broken += 1;
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  times.push({ name, seconds, ok });
  process.stdout.write(`\n== ${name}\n${output}== ${name}: ${ok ? 'ok' : 'FAILED'} (${seconds} s)\n`);
  return ok;
}

/** A part that runs a script with the Node that runs this one. */
const script = (name, file, ...args) => part(name, (say) => node(say, file, ...args));
const tool = (name, path, ...args) => script(name, join('node_modules', path), ...args);

/** What is tested meets only this machine: authorities that Node would read at each of its thousands of starts are of no use. */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

function node(say, file, ...args) {
  const child = spawn(process.execPath, [join(root, file), ...args], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', say);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code === 0));
  });
}

/** The tests of one project of `vitest.config.ts`. */
function tests(project) {
  return part(`tests: ${project}`, async (say) => {
    const report = join(scratch, `${project}.json`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const ok = await node(say, 'node_modules/vitest/vitest.mjs', 'run', '--project', project, ...reporters);
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = readJson(report);
    totals.passed += numPassedTests;
    totals.failed += numFailedTests;
    totals.skipped += numPendingTests + numTodoTests;
    return ok;
  });
}

function conformance() {
  return part('conformance', async (say) => {
    await ensureInstalled(join(root, 'conformance'));
    const report = join(scratch, 'conformance.json');
    const ok = await node(say, 'conformance/run.mjs', '--report', report);
    const { passed, failed } = readJson(report);
    totals.passed += passed;
    totals.failed += failed;
    return ok;
  });
}

/** What the official suite does not ask: what becomes of a refresh token. */
function exam() {
  return part('refresh exam', async (say) => {
    const report = join(scratch, 'exam.json');
    const ok = await node(say, 'conformance/refresh/run.mjs', '--report', report);
    const { passed, failed } = readJson(report);
    totals.passed += passed;
    totals.failed += failed;
    return ok;
  });
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** One after the other. */
async function inTurn(...parts) {
  for (const run of parts) await run();
}

const startedMs = Date.now();
try {
  await part('install', async () => {
    await ensureInstalled(root);
    await ensureInstalled(join(root, 'oracle'));
    return true;
  });
  await script('build', 'scripts/build.mjs');
  // Beside each other: what waits for processes and servers, and what keeps the cores busy meanwhile.
  await Promise.all([
    tests('command'),
    inTurn(
      () => tests('bridge'),
      () => tests('client'),
      exam,
    ),
    inTurn(
      () => script('imports point down', 'scripts/arrows.mjs'),
      () => tool('rules', 'oxlint/bin/oxlint', '--type-aware'),
      () => tool('types', 'typescript/bin/tsc', '-p', 'tsconfig.tests.json'),
      () => tool('format', 'oxfmt/bin/oxfmt', '--check', '.'),
      () => tests('engine'),
      conformance,
      () => script('the site', 'docs/run.mjs', '--build'),
    ),
  ]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const whole = ((Date.now() - startedMs) / 1000).toFixed(1);
const rows = [...times, { name: 'all of it', seconds: whole, ok: broken === 0 }];
const lines = rows.map(
  ({ name, seconds, ok }) => `${name.padEnd(22)}${seconds.padStart(7)} s${ok ? '' : '   FAILED'}`,
);
process.stdout.write(`\n${lines.join('\n')}\n`);
if (broken > 0 && totals.failed === 0) process.stdout.write(`\n${broken} of the parts above failed\n`);
process.stdout.write(
  `\ntotal: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`,
);
process.exitCode = broken === 0 ? 0 : 1;
