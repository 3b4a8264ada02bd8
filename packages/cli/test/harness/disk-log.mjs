// Loaded before the command (`NODE_OPTIONS=--import …`): notes in DISK_LOG what it asks of the disk, in order: all by promises, and what is
// opened at once.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const log = process.env['DISK_LOG'] ?? '';
const note = fs.appendFileSync;

for (const name of ['open', 'readFile', 'readdir', 'opendir', 'rename', 'rm', 'stat', 'lstat', 'unlink']) {
  const original = fs.promises[name];
  fs.promises[name] = (path, ...rest) => {
    note(log, `${name} ${path}\n`);
    return original(path, ...rest);
  };
}
const { openSync } = fs;
let noting = false;
fs.openSync = (path, ...rest) => {
  // What notes this opens its log.
  if (!noting) {
    noting = true;
    note(log, `open ${path}\n`);
    noting = false;
  }
  return openSync(path, ...rest);
};
syncBuiltinESMExports();
