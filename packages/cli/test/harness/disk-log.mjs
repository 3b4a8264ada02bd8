// Loaded before the command (`NODE_OPTIONS=--import …`): notes in DISK_LOG what it asks of the disk by a path, in order: by promises, by
// callbacks and at once.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';

const log = process.env['DISK_LOG'] ?? '';
const append = fs.appendFileSync;
/** What Node does for a call that has been noted is no call of the command's: of the note itself too. */
let inside = false;

const VERBS =
  `access appendFile chmod chown copyFile cp createReadStream createWriteStream exists lchown link lstat lutimes mkdir mkdtemp open
openAsBlob opendir readFile readdir readlink realpath rename rm rmdir stat statfs symlink truncate unlink utimes watch watchFile
writeFile`.split(/\s/);

/** @param {Record<string, any>} module */
function noteCalls(module, name, verb) {
  const original = module[name];
  if (typeof original !== 'function') return;
  module[name] = Object.assign((path, ...rest) => {
    if (inside || typeof path === 'number') return original(path, ...rest);
    inside = true;
    try {
      append(log, `${verb} ${path instanceof URL ? fileURLToPath(path) : path}\n`);
      return original(path, ...rest);
    } finally {
      inside = false;
    }
  }, original);
}

for (const verb of VERBS) {
  noteCalls(fs.promises, verb, verb);
  noteCalls(fs, verb, verb);
  noteCalls(fs, `${verb}Sync`, verb);
}
syncBuiltinESMExports();
