// Loaded before the command (`NODE_OPTIONS=--import …`): notes in DISK_LOG what it asks of the disk by promises, in order.
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
syncBuiltinESMExports();
