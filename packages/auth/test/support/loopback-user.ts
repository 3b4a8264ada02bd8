import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  type ConsentRequest,
  type DeviceRequest,
  McpassError,
  type Outcome,
  type CallbackServer,
  type RedirectWish,
  type User,
} from '../../src/index.js';

/** What a person in a test does with an authorization URL. */
export type Visit = (authorizationUrl: string) => Promise<unknown>;

export interface LoopbackUser extends User {
  /** Authorization URLs that were shown, in order: one per browser window. */
  readonly shown: readonly string[];
  /** What was said about each of them. */
  readonly asked: readonly ConsentRequest[];
  readonly outcomes: readonly Outcome[];
  readonly wishes: readonly RedirectWish[];
  /** Codes for another device that were shown. */
  readonly codes: readonly DeviceRequest[];
  /** Callback servers that have not been closed. */
  readonly open: number;
}

/** A person at a real loopback listener, for tests of the engine alone. */
export function loopbackUser(visit: Visit): LoopbackUser {
  const asked: ConsentRequest[] = [];
  const outcomes: Outcome[] = [];
  const wishes: RedirectWish[] = [];
  const codes: DeviceRequest[] = [];
  let open = 0;

  async function receive(wish: RedirectWish): Promise<CallbackServer> {
    wishes.push(wish);
    let accept: ((parameters: URLSearchParams) => boolean) | undefined;
    let answered: ((parameters: URLSearchParams) => void) | undefined;
    const waiting: ServerResponse[] = [];
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
      if (accept?.(searchParams) !== true) {
        response.writeHead(400).end('not the answer');
        return;
      }
      waiting.push(response);
      answered?.(searchParams);
    });
    const port = await listen(server, wish.earlier === undefined ? 0 : Number(new URL(wish.earlier).port));
    open += 1;
    return {
      redirectUri: `http://127.0.0.1:${port}/callback`,
      alternatives: [`http://localhost:${port}/callback`],
      ask: (request) =>
        new Promise<URLSearchParams>((resolve, reject) => {
          const fail = (code: 'login_timeout' | 'interrupted') =>
            reject(new McpassError(code, code, { step: 'authorization', fault: 'yours' }));
          accept = (parameters) => request.accepts(parameters);
          answered = resolve;
          asked.push(request);
          request.signal?.addEventListener('abort', () => fail('interrupted'), { once: true });
          setTimeout(() => fail('login_timeout'), request.timeoutMs).unref();
          visit(request.authorizationUrl).catch(reject);
        }),
      async settle(outcome) {
        outcomes.push(outcome);
        const page = outcome.ok ? 'signed in' : outcome.message;
        const ends = waiting.map((response) => new Promise<void>((resolve) => response.end(page, resolve)));
        await Promise.all(ends);
      },
      async close() {
        open -= 1;
        server.close();
        server.closeAllConnections();
      },
    };
  }

  return {
    receive,
    async showCode(request) {
      codes.push(request);
      await visit(request.verificationUriComplete ?? request.verificationUri);
    },
    codes,
    asked,
    outcomes,
    wishes,
    get shown() {
      return asked.map(({ authorizationUrl }) => authorizationUrl);
    },
    get open() {
      return open;
    },
  };
}

/** On that port if it is free, else on another. */
async function listen(server: Server, wished: number): Promise<number> {
  const attempt = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await attempt(wished).catch(() => attempt(0));
  return (server.address() as AddressInfo).port;
}
