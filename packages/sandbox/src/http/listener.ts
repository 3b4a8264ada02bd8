import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { ServedCertificate } from './certificate.js';

/** A socket that listens on loopback, with an app that gets its routes once the port is known. */
export interface Listener {
  readonly origin: string;
  readonly app: Hono<{ Bindings: HttpBindings }>;
  /** Begins to answer. Requests that came before the routes were there have waited. */
  start(): void;
  close(): Promise<void>;
}

/** Where to listen. Port 0 lets the system choose. */
export interface Place {
  readonly port: number;
  /** The host name in URLs. The socket is bound to 127.0.0.1 in any case. */
  readonly hostname: string;
  readonly https?: ServedCertificate;
}

/** Listens; rejects with Node's own error (`EADDRINUSE`, …) when it cannot. */
export async function openListener(place: Place): Promise<Listener> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  let start = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const serve = async (request: Request, env: HttpBindings): Promise<Response> => {
    await started;
    return app.fetch(request, env);
  };
  // The program under test often runs in this process: its global Request and Response stay as they are.
  const listener = getRequestListener((request, env) => serve(request, env as HttpBindings), {
    overrideGlobalObjects: false,
  });
  const server: Server =
    place.https === undefined ? createHttpServer() : createHttpsServer(secureOptions(place.https));
  server.on('request', (request, response) => void listener(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const scheme = place.https === undefined ? 'http' : 'https';
  return {
    origin: `${scheme}://${place.hostname}:${port}`,
    app,
    start,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function secureOptions({ key, cert, clientAuthority }: ServedCertificate): ServerOptions {
  if (clientAuthority === undefined) return { key, cert };
  return { key, cert, ca: clientAuthority, requestCert: true, rejectUnauthorized: true };
}
