// `npm start`: installs and builds what is missing, then shows the whole job against a sandbox provider. With arguments
// it is the command itself.
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureInstalled } from './installed.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);

await ensureInstalled(root);
const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: ['ignore', 2, 2] });
if (built.status !== 0) {
  process.exitCode = built.status ?? 1;
} else if (args.length === 0) {
  const { demonstrate } = await import('./demonstration.mjs');
  process.exitCode = await demonstrate();
} else {
  // npm changes into the clone; the command belongs to the folder that the person is in.
  const cwd = process.env['INIT_CWD'] ?? process.cwd();
  const command = join(root, 'packages', 'cli', 'bin', 'mcpass.js');
  const { status, signal } = spawnSync(process.execPath, [command, ...args], { cwd, stdio: 'inherit' });
  process.exitCode = status ?? 128 + (constants.signals[signal] ?? 1);
}
