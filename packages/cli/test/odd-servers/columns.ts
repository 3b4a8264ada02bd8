import { spawn } from 'node:child_process';
import { isMcpassError } from '@mcpass/auth';
import { openSession } from '@mcpass/mcp';
import { createMachine, PROGRAM } from '../harness/command.js';

/** What became of a call of the one tool: the text that it answered, or why it failed. */
export type Outcome = { readonly text: string } | { readonly failure: string };

/** The three who can meet an odd server. */
export type Column = 'call' | 'bridge' | 'library';
export const COLUMNS: readonly Column[] = ['call', 'bridge', 'library'];

/** Calls the tool `t` of the server at that address. */
export function callOnce(column: Column, url: string): Promise<Outcome> {
  return { call: callByCommand, bridge: callByBridge, library: callByLibrary }[column](url);
}

async function callByCommand(url: string): Promise<Outcome> {
  const ended = await createMachine().run('call', url, 't');
  return ended.code === 0 ? { text: ended.stdout.trim() } : { failure: ended.stderr };
}

/** The bridge as a host uses it: a greeting, a call, the end of the input. */
async function callByBridge(url: string): Promise<Outcome> {
  const { home } = createMachine();
  const child = spawn(process.execPath, [PROGRAM, 'bridge', url], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, MCPASS_HOME: home },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const send = (message: object): void =>
    void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const answer = new Promise<Outcome>((resolve) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const line of text.split('\n').slice(0, -1)) {
        const { id, result, error } = JSON.parse(line) as Answer;
        if (id === 1 && result !== undefined) {
          send({ method: 'notifications/initialized' });
          send({ id: 2, method: 'tools/call', params: { name: 't', arguments: {} } });
        }
        if (error !== undefined) resolve({ failure: error.message });
        else if (id === 2) resolve({ text: result?.content?.[0]?.text ?? '' });
      }
      text = text.slice(text.lastIndexOf('\n') + 1);
    });
    child.once('close', () => resolve({ failure: 'the bridge ended' }));
  });
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '0' },
  };
  send({ id: 1, method: 'initialize', params });
  const outcome = await answer;
  child.kill();
  return outcome;
}

interface Answer {
  readonly id?: unknown;
  readonly result?: { readonly content?: readonly { readonly text: string }[] };
  readonly error?: { readonly message: string };
}

async function callByLibrary(url: string): Promise<Outcome> {
  const clientInfo = { name: 'test', version: '0' };
  try {
    await using session = await openSession({ url, fetch, clientInfo });
    const { content } = await session.callTool('t');
    return { text: (content as readonly { text: string }[])[0]?.text ?? '' };
  } catch (thrown) {
    return { failure: isMcpassError(thrown) ? thrown.message : `not ours: ${String(thrown)}` };
  }
}
