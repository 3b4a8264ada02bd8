// Installs a project's packages when its lock file has changed since the last time, and otherwise does nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} folder with a package.json and a package-lock.json */
export function ensureInstalled(folder) {
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
  const { status, error } = npm(args, folder);
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`npm install failed in ${folder} (exit code ${status})`);
  writeFileSync(stamp, wanted);
}

/** The npm that runs this script, run by the Node that runs this script; on Windows `npm` itself is no program. */
export function npm(args, cwd, stdout = 'ignore') {
  const options = { cwd, stdio: ['ignore', stdout, 'inherit'], encoding: 'utf8' };
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('.js')) return spawnSync(process.execPath, [cli, ...args], options);
  return spawnSync('npm', args, options);
}
