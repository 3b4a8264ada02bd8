// Loaded before the command (`NODE_OPTIONS=--import …`): kills it just before it asks for what DIES_AT names, a call of
// fs.promises and a part of its first path: `rename config.toml.draft-`.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [name = '', part = ''] = (process.env['DIES_AT'] ?? '').split(' ');
const original = fs.promises[name];
fs.promises[name] = (path, ...rest) => {
  if (String(path).includes(part)) process.kill(process.pid, 'SIGKILL');
  return original(path, ...rest);
};
syncBuiltinESMExports();
