import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A client's loopback listener: remembers the query of every callback, and says hello. */
export interface Callback extends AsyncDisposable {
  readonly url: string;
  readonly calls: URLSearchParams[];
}

export async function openCallback(hostname = '127.0.0.1'): Promise<Callback> {
  const calls: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    calls.push(new URL(request.url ?? '', 'http://client.test').searchParams);
    response.setHeader('x-client', 'yes').end('<h1>Back at the client</h1>');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://${hostname}:${(server.address() as AddressInfo).port}/callback`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
