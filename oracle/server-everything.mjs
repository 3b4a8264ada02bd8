// `node oracle/server-everything.mjs streamableHttp|sse`: the reference server on a free port of loopback, which it sends to
// its parent. The server itself listens on all interfaces, and on no port that the system chose.
import { Server } from 'node:net';

import { ensureInstalled } from '../scripts/installed.mjs';

await ensureInstalled(import.meta.dirname);

const { listen } = Server.prototype;
Server.prototype.listen = function listenOnLoopback(...args) {
  this.once('listening', () => process.send?.(this.address().port));
  return listen.call(this, 0, '127.0.0.1', args.at(-1));
};

// Its parent is gone.
process.on('disconnect', () => process.exit());

await import(`@modelcontextprotocol/server-everything/dist/transports/${process.argv[2]}.js`);
