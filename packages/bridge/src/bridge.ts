import {
  type Authorizer,
  createAuthorizer,
  createEntryStore,
  grantExtensions,
  plain,
  type Ports,
  quote,
  recordKeyOf,
  type ServerSettings,
} from '@mcpass/auth';
import {
  type AuthorizedHttp,
  createAuthorizedHttp,
  createConnection,
  createFetchCarrier,
  createLineReader,
  type Connecting,
  createNodeHttpCarrier,
  createToolPolicy,
  interrupted,
  type Log,
  MESSAGE_LIMIT,
  skipSpace,
} from '@mcpass/mcp/parts';
import { createLog } from './host/log.js';
import { createHostOutput } from './host/output.js';
import { paceHost } from './host/pace.js';
import { guardStdout } from './host/stdout-guard.js';
import { createRelay, type Relay } from './relay.js';
import { createCachedStore } from './sign-in/cached-store.js';
import { createSignInGate } from './sign-in/sign-in-gate.js';

type Signer = Required<Pick<Ports, 'user'>> & Pick<Ports, 'turns'>;

export interface BridgeOptions {
  /** The server as the person named it. */
  readonly name: string;
  /** Of this program. */
  readonly version: string;
  readonly settings: ServerSettings;
  /** The engine's powers; who signs in is not among them: see `browser` and `address`. */
  readonly ports: Omit<Ports, 'user' | 'turns'>;
  /** The way to the server leads through a proxy that only `ports.fetch` knows. */
  readonly proxied: boolean;
  /** How connections of calls are opened, where that is not Node's own way. */
  readonly connecting?: Connecting | undefined;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  readonly enabledTools?: readonly string[] | undefined;
  readonly disabledTools?: readonly string[] | undefined;
  /** The command that signs in, as it would be typed. */
  command(scopes: readonly string[] | undefined): string;
  /** Who signs in when a browser may be opened from here, and their turns: one browser for all bridges. */
  readonly browser?: ((log: Log) => Signer) | undefined;
  /** Who signs in when the host shows the address, and their turns: `show` gets it, and again when it is another. */
  readonly address?: ((show: (url: string) => void, log: Log) => Signer) | undefined;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** One line on standard error. */
  say(line: string): void;
  /** Ends the bridge as the end of standard input does. */
  readonly signal: AbortSignal;
}

/** Milliseconds that calls in flight have when the host goes. */
const FAREWELL_MS = 2_000;
/** Milliseconds that the last words may take to be read. */
const FLUSH_MS = 500;

/** Relays between standard input and output and the server until the host goes. Never rejects for what others do. */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const { name, settings, ports, stdin, stdout, signal } = options;
  const log = createLog(name, options.say);
  const output = createHostOutput(stdout, guardStdout(stdout, log));
  const entry = createEntryStore(ports.store, settings);
  const store = createCachedStore(entry);
  const url = new URL(settings.url);
  const authorizer = createAuthorizer({ settings, ports: { ...ports, store }, signIn: 'never' });
  // Not from memory: what another process has signed in to counts at once.
  const ending = new AbortController();
  const signer = (person: Signer): Authorizer =>
    createAuthorizer({
      settings,
      ports: { ...ports, ...person },
      signIn: 'when_needed',
      signal: AbortSignal.any([signal, ending.signal]),
    });
  const carrier = options.proxied
    ? createFetchCarrier(ports.fetch)
    : createNodeHttpCarrier(options.connecting);
  const http: AuthorizedHttp = createAuthorizedHttp({
    carrier,
    authorization: authorizer,
    server: url,
    ports,
    onRefusal: () => store.invalidate(),
  });
  const key = recordKeyOf(settings);
  const { browser, address } = options;

  const gate = createSignInGate({
    log,
    store,
    watch: { store: entry, read: () => entry.read(key), now: () => ports.clock.now() },
    command: (scopes) => options.command(scopes),
    ...(browser !== undefined && { browser: signer(browser(log)) }),
    ...(address !== undefined && { address: (show) => signer(address(show, log)) }),
    onSignedIn: () => relay.signedIn(),
  });
  const relay: Relay = createRelay({
    name: plain(name, 100),
    version: options.version,
    output,
    log,
    clock: ports.clock,
    tools: createToolPolicy(options, (tool, reason) =>
      log(`the tool ${quote(tool)} is left out: ${plain(reason)}`),
    ),
    startupTimeoutMs: options.startupTimeoutMs,
    toolTimeoutMs: options.toolTimeoutMs,
    gate,
    server: url,
    extensions: grantExtensions(settings),
    connect: (host) =>
      createConnection({
        host,
        log,
        clock: ports.clock,
        listens: true,
        onRefused: (reason) => {
          const isSignIn = gate.concerns(reason);
          if (isSignIn) gate.report(reason);
          return isSignIn;
        },
        greeting: {
          url,
          http,
          backPressure: output.backPressure,
          userAgent: `mcpass/${options.version}`,
        },
      }),
  });

  const lines = createLineReader({
    limit: MESSAGE_LIMIT,
    onLine: (line) => {
      if (!isBlank(line)) relay.take(line);
    },
    onOverflow: (beginning) => relay.overflow(beginning),
  });
  const pacing = paceHost(stdin, output, relay);
  await untilEnd(options, (chunk) => {
    lines.push(chunk);
    pacing.read();
  });
  pacing.stop();
  const rest = lines.rest();
  if (!isBlank(rest)) relay.take(rest);
  await relay.close(FAREWELL_MS);
  gate.stop();
  ending.abort(interrupted('The bridge was ended.'));
  await Promise.race([gate.settled(), ports.clock.wait(FLUSH_MS)]);
  carrier.close();
  await Promise.race([output.flushed(), ports.clock.wait(FLUSH_MS)]);
}

/** Reads until the host closes the pipe or goes, or the process is told to end. */
function untilEnd(
  { stdin, stdout, signal }: Pick<BridgeOptions, 'stdin' | 'stdout' | 'signal'>,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stdin.pause();
      resolve();
    };
    if (signal.aborted) return end();
    signal.addEventListener('abort', end, { once: true });
    stdin.on('data', onChunk);
    stdin.once('end', end);
    stdin.once('close', end);
    stdin.once('error', end);
    // A host that is gone reads no more.
    stdout.once('close', end);
    stdout.once('error', end);
  });
}

function isBlank(line: Buffer): boolean {
  return skipSpace(line, 0) >= line.length;
}
