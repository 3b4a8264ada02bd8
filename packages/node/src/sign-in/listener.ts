import { createServer, type RequestListener, type Server } from 'node:http';
import { McpassError } from '@mcpass/auth';
import { errnoOf, errnoWords } from '../stores/files/errno.js';

export interface ListenerOptions {
  /** Port to try first; any free one when absent. */
  readonly port?: number;
  /** No other port will do. */
  readonly fixed: boolean;
  readonly handle: RequestListener;
}

/** HTTP on this machine's own addresses, and on no other. */
export interface Listener {
  readonly port: number;
  /** Ends every connection; resolves when nothing of it keeps the process alive. */
  close(): Promise<void>;
}

/** How often another port is tried when the IPv6 half of the first is taken. */
const ATTEMPTS = 8;

/**
 * Listens on 127.0.0.1 and, where the machine has it, on ::1 at the same port: `localhost` may mean either. A port of
 * which another program has one half counts as taken. Throws `port_in_use`.
 */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { port, fixed, handle } = options;
  if (port !== undefined) {
    const bound = await bindBoth(port, handle);
    if (bound.ok) return bound.listener;
    if (fixed) throw portInUse(port, bound.cause);
  }
  for (let attempt = 0; ; attempt += 1) {
    const bound = await bindBoth(0, handle);
    if (bound.ok) return bound.listener;
    if (errnoOf(bound.cause) !== 'EADDRINUSE' || attempt === ATTEMPTS) throw portInUse(0, bound.cause);
  }
}

type Bound =
  | { readonly ok: true; readonly listener: Listener }
  | { readonly ok: false; readonly cause: unknown };

async function bindBoth(wanted: number, handle: RequestListener): Promise<Bound> {
  const servers: Server[] = [];
  try {
    let port = wanted;
    for (const host of ['127.0.0.1', '::1']) {
      const server = createLoopbackServer(handle);
      try {
        port = await bind(server, host, port);
        servers.push(server);
      } catch (thrown) {
        if (!isMissingFamily(thrown)) throw thrown;
      }
    }
    if (servers.length === 0) throw new Error('no loopback address');
    return { ok: true, listener: { port, close: () => closeAll(servers) } };
  } catch (cause) {
    await closeAll(servers);
    return { ok: false, cause };
  }
}

function createLoopbackServer(handle: RequestListener): Server {
  return createServer(
    // Codes of several kilobytes are real, and arrive in the request line.
    { maxHeaderSize: 64 * 1024, headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 1_000 },
    handle,
  );
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: true, exclusive: true }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** The machine has no IPv6 (or no IPv4), as many containers have not. */
function isMissingFamily(thrown: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL', 'ENOTFOUND'].includes(errnoOf(thrown) ?? '');
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          // Browsers open connections ahead of need, and would hold on to them.
          server.closeAllConnections();
        }),
    ),
  );
}

function portInUse(port: number, cause: unknown): McpassError {
  const busy = errnoOf(cause) === 'EADDRINUSE';
  const place = port === 0 ? 'on this machine' : `at port ${port}`;
  return new McpassError(
    'port_in_use',
    busy && port !== 0
      ? `Port ${port} is in use by another program.`
      : `The answer of the sign-in cannot be received ${place}: ${errnoWords(cause)}.`,
    {
      step: 'authorization',
      fault: 'yours',
      remedy:
        port === 0
          ? { do: 'say', text: 'Allow programs to listen on 127.0.0.1.' }
          : {
              do: 'say',
              text: `End the program that uses port ${port}, or set another oauth.callback_port.`,
            },
      cause,
      facts: { port },
    },
  );
}
