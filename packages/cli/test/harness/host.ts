import { onTestFinished } from 'vitest';
import type { Machine } from './command.js';

/** An answer of the bridge, as a test looks at it. */
export interface HostAnswer {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: { readonly content?: readonly { readonly text: string }[] };
  readonly error?: { readonly code: number; readonly message: string };
}

export interface Host {
  /** The answer to its greeting. */
  readonly greeting: HostAnswer;
  /** Rejects where the bridge has ended without an answer. */
  call(method: string, params?: object): Promise<HostAnswer>;
  /** The text of a tool's answer, or the error's message. */
  tool(name: string, args?: object): Promise<string>;
  said(): string;
  /** Ends the input, as a host does that goes; resolves with the exit code. */
  leave(): Promise<number | null>;
}

/** A host that has started `mcpass bridge SERVER` and greeted it. */
export async function startHost(
  machine: Machine,
  server: string,
  ...options: readonly string[]
): Promise<Host> {
  const running = machine.start({ keepInput: true, limitMs: 60_000 }, 'bridge', server, ...options);
  onTestFinished(() => void running.process.kill('SIGKILL'));
  const waiting = new Map<unknown, (answer: HostAnswer) => void>();
  let rest = '';
  running.process.stdout.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as HostAnswer;
      waiting.get(message.id)?.(message);
    }
  });
  let id = 0;
  const send = (message: object): void =>
    void running.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const call = (method: string, params: object = {}): Promise<HostAnswer> =>
    new Promise((resolve, reject) => {
      void running.ended.then(({ code, stderr }) =>
        reject(new Error(`the bridge ended (${code}): ${stderr}`)),
      );
      const mine = (id += 1);
      waiting.set(mine, resolve);
      send({ id: mine, method, params });
    });
  const greeting = await call('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'host', version: '1' },
  });
  send({ method: 'notifications/initialized' });
  return {
    greeting,
    call,
    async tool(name, args = {}) {
      const { result, error } = await call('tools/call', { name, arguments: args });
      return error?.message ?? result?.content?.[0]?.text ?? '';
    },
    said: running.saidSoFar,
    async leave() {
      running.process.stdin.end();
      return (await running.ended).code;
    },
  };
}
