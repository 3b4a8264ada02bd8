/*
 * What every client command here does: the steps of the scenario, at the URL that is its last argument. A client says how one
 * process of it makes calls.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** A person who consents to everything. */
export const BROWSER = join(here, '../../browser.mjs');
const LONGEST_MS = 40_000;
const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'host', version: '1' },
};

/**
 * @param {(what: { url: string, home: string, calls: number, pauseS: number }) => Promise<void>} session one process of the
 *   client; `home` is a folder that all of one run share
 */
export async function runClient(session) {
  const url = process.argv.at(-1) ?? '';
  const { steps } = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{"steps":[]}');
  const home = mkdtempSync(join(tmpdir(), 'mcpass-refresh-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  for (const { waitS = 0, clients = [], mayFail = false } of steps) {
    await delay(waitS * 1000);
    const runs = clients.map(async ({ afterS = 0, calls, pauseS = 0 }) => {
      await delay(afterS * 1000);
      await session({ url, home, calls, pauseS });
    });
    for (const { reason } of await Promise.allSettled(runs)) {
      if (reason === undefined) continue;
      process.stderr.write(`${reason.message}\n`);
      if (!mayFail) process.exitCode = 1;
    }
    if (process.exitCode !== undefined) return;
  }
}

/** A command that has to end well. */
export async function runCommand(command, env) {
  const child = spawn(command[0], command.slice(1), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: LONGEST_MS,
  });
  const code = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command.slice(1).join(' ')} ended with ${code}`);
}

/**
 * Calls through a stdio MCP server, as a host makes them. Whoever reads its conversation consents to every sign-in whose
 * address it prints.
 */
export async function callThrough(command, env, { calls, pauseS }) {
  const child = spawn(command[0], command.slice(1), { env: { ...process.env, ...env }, timeout: LONGEST_MS });
  const waiting = new Map();
  createInterface(child.stdout).on('line', (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  });
  createInterface(child.stderr).on('line', (line) => {
    const address = /http:\/\/\S+\/authorize\?\S+/.exec(line)?.[0];
    // A person takes a moment, in which the client gets ready for the answer.
    if (address !== undefined)
      void delay(1_000)
        .then(() => fetch(address))
        .catch(() => undefined);
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise((resolve) => {
    child.once('close', resolve);
  });
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const ask = async (id, method, params) => {
    send({ id, method, params });
    const answered = new Promise((resolve) => {
      waiting.set(id, resolve);
    });
    const answer = await Promise.race([answered, ended]);
    if (answer?.result === undefined || answer.result.isError) throw new Error(`${method} failed`);
  };
  try {
    await ask(0, 'initialize', HELLO);
    send({ method: 'notifications/initialized' });
    for (let nth = 1; nth <= calls; nth += 1) {
      if (nth > 1) await delay(pauseS * 1000);
      await ask(nth, 'tools/call', { name: 'echo', arguments: {} });
    }
  } finally {
    child.stdin.end();
    const impatient = setTimeout(() => child.kill(), 3_000);
    await ended;
    clearTimeout(impatient);
  }
}
