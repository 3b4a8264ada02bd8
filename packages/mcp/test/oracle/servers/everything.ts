import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { OracleServer } from './http.js';

const PROGRAM = fileURLToPath(new URL('../../../../../oracle/server-everything.mjs', import.meta.url));

/** The transports of the reference server, and where each is found. */
const PATHS = { streamableHttp: '/mcp', sse: '/sse' } as const;
export type EverythingTransport = keyof typeof PATHS;

/** The reference server, in a process of its own. */
export async function startEverything(transport: EverythingTransport): Promise<OracleServer> {
  const child = fork(PROGRAM, [transport], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const ended = once(child, 'exit');
  const port = await Promise.race([
    once(child, 'message').then(([sent]) => Number(sent)),
    ended.then(() => {
      throw new Error(`The reference server did not start: ${complaints}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${port}${PATHS[transport]}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
