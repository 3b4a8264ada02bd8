// Runs the built command the way a shell would.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const COMMAND = join(root, 'packages', 'cli', 'bin', 'mcpass.js');
/** A simulated user, as a browser. */
export const BROWSER = `"${process.execPath}" "${createRequire(import.meta.url).resolve('@mcpass/sandbox/browser')}"`;

/** @returns {Promise<number>} milliseconds from start to end; rejects unless it ends with 0 */
export function time(args, env = process.env) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(performance.now() - started)
        : reject(new Error(`${args.join(' ')} ended with ${code}: ${said}`)),
    );
  });
}

/** @returns {Promise<string>} what it printed; rejects unless it ends with 0 */
export async function output(args, env) {
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return stdout;
}
