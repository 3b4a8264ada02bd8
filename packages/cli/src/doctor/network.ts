import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { isMcpassError, networkFailure, plain, type Step } from '@mcpass/auth';
import type { Connecting } from '@mcpass/node/fetch';
import { failedRow, type Row, type RowContext } from './row.js';

/* The way to a server, stage by stage: a request that fails says only that one of them did. */

const LIMIT_MS = 10_000;
/** A certificate that ends sooner is worth a word. */
const SOON_MS = 14 * 86_400_000;

/** The rows of the way; the last one fails where it ends. */
export async function wayTo(
  url: URL,
  context: RowContext,
  connecting: Connecting = {},
): Promise<readonly Row[]> {
  // IPv6 addresses stand in brackets in a URL.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const rows: Row[] = [];
  const stage = async (step: Step, work: () => Promise<Pick<Row, 'status' | 'message'> & Partial<Row>>) => {
    const began = performance.now();
    const ms = () => Math.round(performance.now() - began);
    try {
      const found = await work();
      rows.push({ id: step, step, ...found, ms: ms() });
      return true;
    } catch (thrown) {
      const error = isMcpassError(thrown) ? thrown : networkFailure(thrown, url.href, step);
      rows.push(failedRow(step, error, context, ms()));
      return false;
    }
  };

  const found = await stage('dns', async () => {
    if (isIP(host) !== 0) return { status: 'ok', message: `${host} is an address` };
    const addresses = await within(lookup(host, { all: true }));
    return {
      status: 'ok',
      message: `${plain(host)} is ${addresses.map(({ address }) => address).join(', ')}`,
    };
  });
  if (!found) return rows;
  const connected = await stage('connect', async () => {
    const socket = await opened(connectTcp({ host, port }), 'connect');
    const at = `${socket.remoteAddress ?? host}, port ${port}`;
    socket.destroy();
    return { status: 'ok', message: `${at} takes connections` };
  });
  if (!connected) return rows;
  if (!secure) {
    rows.push({ id: 'tls', step: 'tls', status: 'skip', message: 'the address is http' });
    return rows;
  }
  await stage('tls', async () => {
    const servername = isIP(host) === 0 ? host : undefined;
    const socket = await opened(
      connectTls({
        host,
        port,
        ...(servername !== undefined && { servername }),
        ...(connecting.secureContext && { secureContext: connecting.secureContext() }),
      }),
      'secureConnect',
    );
    const said = certificateOf(socket);
    socket.destroy();
    return said;
  });
  return rows;
}

function certificateOf(socket: TLSSocket): Pick<Row, 'status' | 'message'> & Partial<Row> {
  const { issuer, valid_to: until } = socket.getPeerCertificate();
  const from = plain(String(issuer?.O ?? issuer?.CN ?? 'an unnamed authority'), 100);
  const endsMs = Date.parse(until);
  const message = `${socket.getProtocol() ?? 'TLS'}; the certificate is from ${from}, until ${until}`;
  if (endsMs - Date.now() > SOON_MS) return { status: 'ok', message };
  return {
    status: 'warn',
    message: `${message}: that is soon`,
    fault: 'server',
    fix: 'whoever runs the server has to renew its certificate',
  };
}

function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return within(
    new Promise<S>((resolve, reject) => {
      socket.once('error', reject);
      socket.once(event, () => resolve(socket));
    }),
  ).catch((thrown: unknown) => {
    socket.destroy();
    throw thrown;
  });
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })), LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
