// `npm test`: installs, builds, checks types, rules and format, runs every test and the official conformance suite.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureInstalled } from './installed.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'mcpass-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
let broken = 0;

function step(name, run) {
  const started = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  let ok = false;
  try {
    ok = run();
  } catch (error) {
    process.stdout.write(`${error.message}\n`);
  }
  if (!ok) broken += 1;
  process.stdout.write(
    `== ${name}: ${ok ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
  );
}

/** Runs a script with the Node that runs this one. */
function node(script, ...args) {
  return (
    spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' }).status === 0
  );
}

const tool = (path, ...args) => node(join('node_modules', path), ...args);

function vitest() {
  const report = join(scratch, 'vitest.json');
  const ok = tool(
    'vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  );
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  totals.passed += numPassedTests;
  totals.failed += numFailedTests;
  totals.skipped += numPendingTests + numTodoTests;
  return ok;
}

function conformance() {
  ensureInstalled(join(root, 'conformance'));
  const report = join(scratch, 'conformance.json');
  const ok = node('conformance/run.mjs', '--report', report);
  const { passed, failed } = JSON.parse(readFileSync(report, 'utf8'));
  totals.passed += passed;
  totals.failed += failed;
  return ok;
}

try {
  step('install', () => (ensureInstalled(root), true));
  step('build', () => node('scripts/build.mjs'));
  step('types', () => tool('typescript/bin/tsc', '-p', 'tsconfig.tests.json'));
  step('imports point down', () => node('scripts/arrows.mjs'));
  step('rules', () => tool('oxlint/bin/oxlint', '--type-aware'));
  step('format', () => tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'));
  step('tests', vitest);
  step('conformance', conformance);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (broken > 0 && totals.failed === 0) process.stdout.write(`\n${broken} of the steps above failed\n`);
process.stdout.write(
  `\ntotal: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`,
);
process.exitCode = broken === 0 ? 0 : 1;
