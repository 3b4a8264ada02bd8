import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { startSandbox, type ProfileName, type Sandbox, type SandboxOptions } from '@mcpass/sandbox';
import { onTestFinished } from 'vitest';
import { personAtBrowser } from '../../../node/test/fixtures/person.js';
import { ofThisMachine } from '../../../node/test/fixtures/this-machine.js';

/** The built command, as a host starts it. */
export const PROGRAM: string = fileURLToPath(new URL('../../../cli/bin/mcpass.js', import.meta.url));

/** A JSON-RPC message, as a test looks at it. */
export interface Seen {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A machine: what mcpass keeps, and a person at the browser. */
export interface Machine {
  readonly env: Readonly<Record<string, string>>;
  readonly browserLog: string;
  config(toml: string): void;
  /** Runs the command; rejects unless it ends with 0. */
  run(...words: readonly string[]): Promise<string>;
  bridge(...words: readonly string[]): Host;
  bridgeWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Host;
}

export function createMachine(): Machine {
  const root = mkdtempSync(join(tmpdir(), 'mcpass-bridge-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const home = join(root, 'home');
  mkdirSync(home);
  const browserLog = join(root, 'browser.log');
  const env = {
    ...ofThisMachine(),
    HOME: root,
    MCPASS_HOME: home,
    ...personAtBrowser(root),
    SANDBOX_BROWSER_LOG: browserLog,
  };
  const bridgeWith: Machine['bridgeWith'] = (more, ...words) =>
    startHost(['bridge', ...words], { ...env, ...more });
  return {
    env,
    browserLog,
    config: (toml) => writeFileSync(join(home, 'config.toml'), toml),
    async run(...words) {
      const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...words], { env });
      return stdout;
    },
    bridge: (...words) => bridgeWith({}, ...words),
    bridgeWith,
  };
}

/** A bare host: it writes lines and keeps the lines that come. */
export interface Host {
  readonly process: ChildProcess;
  /** Every line of standard output, as it came. */
  readonly lines: readonly string[];
  readonly seen: readonly Seen[];
  stderr(): string;
  write(text: string | Buffer): void;
  send(message: object): void;
  /** Sends a request and waits for its answer. */
  call(method: string, params?: object): Promise<Seen>;
  /** The first message that fits, come or to come. */
  next(fits: (message: Seen) => boolean): Promise<Seen>;
  said(text: string): Promise<void>;
  initialize(more?: object): Promise<Seen>;
  readonly ended: Promise<number | null>;
  close(): Promise<number | null>;
}

/** For what does not come at all: what comes late on a slow machine is waited for. */
const LIMIT_MS = 90_000;

function startHost(words: readonly string[], env: Readonly<Record<string, string>>): Host {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env, stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const seen: Seen[] = [];
  const listeners = new Set<() => void>();
  let rest = '';
  let errors = '';
  let id = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      seen.push(JSON.parse(line) as Seen);
    }
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
    for (const listener of listeners) listener();
  });
  child.stdin.on('error', () => undefined);

  const until = <T>(look: () => T | undefined, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(check);
        reject(
          new Error(`${what} did not come.\nstderr: ${errors}\nstdout: ${lines.join('\n').slice(0, 4000)}`),
        );
      }, LIMIT_MS);
      const check = () => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        listeners.delete(check);
        resolve(found);
      };
      listeners.add(check);
      check();
    });
  const write = (text: string | Buffer) => void child.stdin.write(text);
  const send = (message: object) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const next: Host['next'] = (fits) => until(() => seen.find(fits), 'a message');
  const call: Host['call'] = (method, params = {}) => {
    id += 1;
    const mine = `h${id}`;
    send({ id: mine, method, params });
    return until(
      () => seen.find((message) => message.id === mine && message.method === undefined),
      `the answer to ${method}`,
    );
  };
  return {
    process: child,
    lines,
    seen,
    stderr: () => errors,
    write,
    send,
    call,
    next,
    said: async (text) => void (await until(() => (errors.includes(text) ? true : undefined), `"${text}"`)),
    async initialize(more = {}) {
      const answer = await call('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: { elicitation: {} },
        clientInfo: { name: 'test', version: '0' },
        ...more,
      });
      send({ method: 'notifications/initialized' });
      return answer;
    },
    ended,
    close() {
      child.stdin.end();
      return ended;
    },
  };
}

/** A server that ends with the test. */
export async function startServer(
  options: SandboxOptions = {},
  profile: ProfileName = 'plain',
): Promise<Sandbox> {
  const sandbox = await startSandbox(profile, options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** The text of a tool's result. */
export function textOf({ result }: Seen): string {
  return (result?.['content'] as readonly { text: string }[] | undefined)?.[0]?.text ?? '';
}

/** `params` of a modern request. */
export function modern(params: object = {}, capabilities: object = { elicitation: {} }): object {
  return {
    ...params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '0' },
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    },
  };
}

/** The names in an answer to `tools/list`. */
export function toolNames({ result = {} }: Seen): string[] {
  return (result['tools'] as readonly { name: string }[]).map(({ name }) => name);
}
