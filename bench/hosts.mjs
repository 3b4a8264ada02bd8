// The two clients of the bridge's benchmark: one on the pipes of a process, one straight on HTTP. Both do as little as
// they can, so that what they drive shows.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'bench', version: '0' },
};

/** A bridge as a child process. */
export async function startBridge(command, env) {
  const started = performance.now();
  const child = spawn(command[0], command.slice(1), { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map();
  let parts = [];
  child.stdout.on('data', (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, at));
      from = at + 1;
      const message = JSON.parse(Buffer.concat(parts).toString());
      parts = [];
      waiting.get(message.id)?.resolve(message);
      waiting.delete(message.id);
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  });
  let id = 0;
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const call = (method, params) =>
    new Promise((resolve, reject) => {
      id += 1;
      waiting.set(id, { resolve, reject });
      send({ id, method, params });
    });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  void ended.then((code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${command.join(' ')} ended with ${code}`));
  });
  await call('initialize', HELLO);
  send({ method: 'notifications/initialized' });
  await call('tools/list', {});
  return {
    startMs: performance.now() - started,
    call: (params) => call('tools/call', params),
    cpuMs: () => cpuMs(child.pid),
    rssMiB: () => rssMiB(child.pid),
    async close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The floor: a client that speaks HTTP itself. */
export async function startDirect(url) {
  const agent = new Agent({ keepAlive: true });
  const started = performance.now();
  let id = 0;
  const call = (method, params) =>
    new Promise((resolve, reject) => {
      id += 1;
      const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
      const sent = request(url, {
        agent,
        method: 'POST',
        headers: {
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      });
      sent.on('error', reject);
      sent.on('response', (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      });
      sent.end(body);
    });
  await call('initialize', HELLO);
  await call('tools/list', {});
  return {
    startMs: performance.now() - started,
    call: (params) => call('tools/call', params),
    cpuMs: () => undefined,
    rssMiB: () => undefined,
    close: async () => agent.destroy(),
  };
}

/** Processor time of a process so far; undefined where /proc does not say (proc_pid_stat(5), fields 14 and 15). */
function cpuMs(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

function rssMiB(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return undefined;
  }
}
