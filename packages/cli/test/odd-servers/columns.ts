import { isMcpassError } from '@mcpass/auth';
import { openSession } from '@mcpass/mcp';
import { createMachine } from '../harness/command.js';
import { startHost } from '../harness/host.js';

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

async function callByBridge(url: string): Promise<Outcome> {
  const host = await startHost(createMachine(), url);
  const { result, error } =
    host.greeting.error === undefined ? await host.call('tools/call', { name: 't' }) : host.greeting;
  return error === undefined ? { text: result?.content?.[0]?.text ?? '' } : { failure: error.message };
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
