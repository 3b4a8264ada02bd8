// `npm run soak`: what takes too long for `npm test` or measures time (`*.soak.test.ts`), one after the other, and all
// tests of the command: with a process for each command line, and about a thousand kills. Bounded in time; prints its
// figures at the end.
// `--factor N` does N times as many kills as `npm test` (40), `--minutes N` ends it after that time (60).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { build } from './build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { factor: { type: 'string', default: '40' }, minutes: { type: 'string', default: '60' } },
});
const [factor, minutes] = [Number(values.factor), Number(values.minutes)];
if (!(factor > 0) || !(minutes > 0)) throw new Error('--factor and --minutes take positive numbers');

const scratch = mkdtempSync(join(tmpdir(), 'mcpass-soak-'));
const report = join(scratch, 'figures.jsonl');
let late = false;

await build();
const projects = ['--project', 'soak', '--project', 'command'];

const vitest = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...projects], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    RELIABILITY_REPORT: report,
    RELIABILITY_FACTOR: String(factor),
    MCPASS_TEST_PROCESSES: 'all',
  },
});
const limit = setTimeout(() => {
  late = true;
  vitest.kill('SIGTERM');
}, minutes * 60_000);
const code = await new Promise((resolve) => vitest.once('close', resolve));
clearTimeout(limit);

const reports = readLines(report).map((line) => JSON.parse(line));
rmSync(scratch, { recursive: true, force: true });
const sum = (name) => reports.reduce((total, figures) => total + figures[name], 0);
const perExpiry = sum('expiries') === 0 ? '-' : Number((sum('refreshes') / sum('expiries')).toFixed(3));
const lines = [
  ['processes', sum('processes')],
  ['kills', sum('kills')],
  ['faults injected', sum('faults')],
  ['records lost', sum('recordsLost')],
  ['refreshes per expiry', perExpiry],
  ['browser windows opened', sum('browserWindows')],
];
process.stdout.write(`\n${lines.map(([name, value]) => `${name.padEnd(24)}${value}`).join('\n')}\n`);
if (late) process.stdout.write(`ended after ${minutes} minutes, before it was through\n`);
process.exitCode = code === 0 && !late ? 0 : 1;

function readLines(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
