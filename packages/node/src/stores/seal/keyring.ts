import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { childEnvironment, type Environment, variable } from '../../environment.js';
import { randomHex, systemRandom } from '../../random.js';

/**
 * What is the matter with the keyring: its module is not installed, this machine has none, it is locked, it does not
 * answer in time, or it refused for another reason.
 */
export type KeyringTrouble = 'no_module' | 'none' | 'locked' | 'silent' | 'refused';

/** Thrown by every function of a keyring. The message reads on after "because". */
export class KeyringError extends Error {
  readonly trouble: KeyringTrouble;

  constructor(trouble: KeyringTrouble, message: string = TROUBLE_WORDS[trouble]) {
    super(message);
    this.name = 'KeyringError';
    this.trouble = trouble;
  }
}

const TROUBLE_WORDS: Readonly<Record<KeyringTrouble, string>> = {
  no_module: 'the optional package @napi-rs/keyring is not installed',
  none: 'this machine has no keyring that answers',
  locked: 'the keyring is locked',
  silent: 'the keyring did not answer within 3 seconds',
  refused: 'the keyring refused',
};

/** The keyring of the operating system: a few small secrets by name. Every call is bounded. */
export interface Keyring {
  read(name: string): Promise<Uint8Array | undefined>;
  /** Reads back what it wrote. */
  write(name: string, secret: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Writes, reads and deletes an entry of its own. Throws `KeyringError` where that does not work. */
  probe(): Promise<void>;
}

/** Milliseconds that a call may take once the module is loaded. */
const CALL_MS = 3_000;
/** Milliseconds until the module is loaded, on a busy machine. */
const LOAD_MS = 15_000;
const SERVICE = 'mcpass';
const MODULE = '@napi-rs/keyring';

/** Windows and macOS have a keyring of their own kind. */
const IS_SECRET_SERVICE = process.platform !== 'win32' && process.platform !== 'darwin';

type Call =
  | { readonly do: 'read' | 'remove'; readonly name: string }
  | { readonly do: 'write' | 'probe'; readonly name: string; readonly secret: string };

/**
 * Runs in a process of its own, because the module connects to the keyring without giving the thread back: where a bus
 * takes the connection and says nothing, no timer of ours would fire, and not even the end of the process would come.
 * The store is pinned: by itself the module would fall back to the kernel's, which forgets at the next start.
 */
const PROGRAM = `
const { Entry } = require(process.argv[1]);
process.stdout.write('ready\\n');
const call = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
let at = 'open';
try {
  const entry = new Entry('${SERVICE}', call.name, { linux: { store: 'secret-service' } });
  at = 'use';
  const read = () => {
    const secret = entry.getSecret();
    return secret === null ? undefined : Buffer.from(secret).toString('base64');
  };
  let value;
  if (call.do === 'read') value = read();
  if (call.do === 'write' || call.do === 'probe') {
    entry.setSecret(Buffer.from(call.secret, 'base64'));
    value = read();
  }
  if (call.do === 'remove' || call.do === 'probe') entry.deleteCredential();
  process.stdout.write(JSON.stringify({ value }));
} catch (thrown) {
  process.stdout.write(JSON.stringify({ at, message: String(thrown?.message) }));
}
`;

export function createKeyring(env: Environment): Keyring {
  const call = (what: Call) => run(what, env);

  const written = async (what: 'write' | 'probe', name: string, bytes: Uint8Array) => {
    const secret = Buffer.from(bytes).toString('base64');
    if ((await call({ do: what, name, secret })) !== secret) {
      throw new KeyringError('refused', 'the keyring did not keep what was written');
    }
  };

  return {
    async read(name) {
      const read = await readDirectly(name, env);
      if (read !== undefined) return read;
      const secret = await call({ do: 'read', name });
      return secret === undefined ? undefined : Buffer.from(secret, 'base64');
    },
    write: (name, secret) => written('write', name, secret),
    remove: async (name) => void (await call({ do: 'remove', name })),
    probe: () => written('probe', `probe ${randomHex(6)}`, systemRandom(32)),
  };
}

/** Spares the start of a process, where all is well: each `mcpass token` begins with this. */
async function readDirectly(name: string, env: Environment): Promise<Uint8Array | undefined> {
  if (!IS_SECRET_SERVICE || !hasBus(env)) return undefined;
  const { readSecret } = await import('./secret-service.js');
  // The attributes that the module gives to what it writes.
  return readSecret({ service: SERVICE, username: name }, env);
}

async function run(call: Call, env: Environment): Promise<string | undefined> {
  if (!hasBus(env)) throw new KeyringError('none');
  const answer = await ask(findModule(), call, env);
  if (answer.message === undefined) return answer.value;
  throw judge(answer.at ?? '', answer.message);
}

/** Spares most servers and containers the start of a process: without a session bus there is no Secret Service. */
function hasBus(env: Environment): boolean {
  if (!IS_SECRET_SERVICE) return true;
  const runtime = variable(env, 'XDG_RUNTIME_DIR');
  return (
    variable(env, 'DBUS_SESSION_BUS_ADDRESS') !== undefined ||
    (runtime !== undefined && existsSync(join(runtime, 'bus')))
  );
}

function findModule(): string {
  try {
    return createRequire(import.meta.url).resolve(MODULE);
  } catch {
    throw new KeyringError('no_module');
  }
}

interface Answer {
  readonly value?: string;
  readonly at?: string;
  readonly message?: string;
}

async function ask(modulePath: string, call: Call, env: Environment): Promise<Answer> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', PROGRAM, modulePath], {
      // Not the options of our own Node (a debugger, a loader); inside Electron the program must be Node.
      env: { ...childEnvironment(env), NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    let text = '';
    let ready = false;
    const limit = (ms: number) =>
      setTimeout(() => {
        child.kill('SIGKILL');
        reject(new KeyringError('silent'));
      }, ms);
    let timer = limit(LOAD_MS);
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(call));
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (ready || !text.startsWith('ready\n')) return;
      ready = true;
      clearTimeout(timer);
      timer = limit(CALL_MS);
    });
    child.once('error', () => {
      clearTimeout(timer);
      reject(new KeyringError('refused', 'a helper process could not be started'));
    });
    child.once('close', () => {
      clearTimeout(timer);
      // The package is there, but not its part for this platform.
      if (!ready) return reject(new KeyringError('no_module'));
      try {
        resolve(JSON.parse(text.slice('ready\n'.length)) as Answer);
      } catch {
        reject(new KeyringError('refused', 'the keyring ended its helper process'));
      }
    });
  });
}

/** The module has no codes: where it failed says most, its words the rest. */
function judge(at: string, message: string): KeyringError {
  if (/did not receive a reply|timed? ?out/i.test(message)) return new KeyringError('silent');
  if (at === 'open' || /no result found|logon session/i.test(message)) return new KeyringError('none');
  if (/lock|prompt|interaction/i.test(message)) return new KeyringError('locked');
  return new KeyringError('refused');
}
