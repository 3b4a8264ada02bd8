import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type ConsentRequest, McpassError, type Outcome, type Reception, type User } from '@mcpass/auth';

/** What a person in a test does with an authorization URL. */
export type Visit = (authorizationUrl: string) => Promise<unknown>;

export interface LoopbackUser extends User {
  /** Authorization URLs that were shown, in order: one per browser window. */
  readonly shown: readonly string[];
  readonly outcomes: readonly Outcome[];
}

/** A person at a real loopback listener, for tests of the engine alone. */
export function loopbackUser(visit: Visit): LoopbackUser {
  const shown: string[] = [];
  const outcomes: Outcome[] = [];
  return {
    shown,
    outcomes,
    async receive(wish): Promise<Reception> {
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
      const earlier = wish.earlier === undefined ? undefined : Number(new URL(wish.earlier).port);
      await new Promise<void>((resolve) => server.listen(earlier ?? 0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      return {
        redirectUri: `http://127.0.0.1:${port}/callback`,
        alternatives: [`http://localhost:${port}/callback`],
        ask: (request: ConsentRequest) =>
          new Promise<URLSearchParams>((resolve, reject) => {
            accept = (parameters) => request.accepts(parameters);
            answered = resolve;
            shown.push(request.authorizationUrl);
            setTimeout(() => {
              const details = { step: 'authorization', fault: 'yours' } as const;
              reject(new McpassError('login_timeout', 'Nobody answered.', details));
            }, request.timeoutMs).unref();
            visit(request.authorizationUrl).catch(reject);
          }),
        async settle(outcome) {
          outcomes.push(outcome);
          for (const response of waiting) response.end(outcome.ok ? 'signed in' : outcome.message);
        },
        async close() {
          server.close();
          server.closeAllConnections();
        },
      };
    },
  };
}
