import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OracleServer extends AsyncDisposable {
  readonly url: string;
}

export type Handle = (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A server on loopback. */
export async function listen(handle: Handle, close?: () => Promise<void>): Promise<OracleServer> {
  const server = createServer((incoming, response) => void handle(incoming, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async [Symbol.asyncDispose]() {
      await close?.();
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
