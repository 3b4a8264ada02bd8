// Installs a project's packages when its lock file has changed since the last time, and otherwise does nothing.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} folder with a package.json and a package-lock.json */
export async function ensureInstalled(folder) {
  const stamp = join(folder, 'node_modules', '.installed-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .update(process.version)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write(`Installing the packages of ${folder} …\n`);
  // Not `npm ci`: that refuses a lock file that lacks the optional packages of platforms which the registry of whoever
  // wrote it did not have. The versions are those of the lock file all the same, and it is not written.
  const args = ['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error'];
  const status = await patiently(...npmCommand(args), folder);
  if (status !== 0) throw new Error(`npm install failed in ${folder} (exit code ${status})`);
  writeFileSync(stamp, wanted);
}

const TELL_MS = 10_000;

/** Runs what takes a minute and says nothing by itself, and says meanwhile that it goes on. */
function patiently(program, words, cwd) {
  const startedMs = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedMs) / 1000)} s`;
  const timer = setInterval(() => process.stderr.write(`  still installing, ${seconds()} …\n`), TELL_MS);
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  }).finally(() => clearInterval(timer));
}

/** Waits for npm; what it prints is returned. */
export function npm(args, cwd) {
  const [program, words] = npmCommand(args);
  return spawnSync(program, words, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
}

// The npm that runs this script, run by the Node that runs this script; on Windows `npm` itself is no program.
function npmCommand(args) {
  const cli = process.env['npm_execpath'];
  return cli?.endsWith('.js') ? [process.execPath, [cli, ...args]] : ['npm', args];
}
