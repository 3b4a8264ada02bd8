import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Authorizer, createAuthorizer, createMemoryStore, type User, webPorts } from '@mcpass/auth';
import { onTestFinished } from 'vitest';

import { createSignInRoutes, type SignInRoutes } from '../src/index.js';

export interface Application {
  /** Where the first replica is; the second has the same base address behind another port. */
  readonly origin: string;
  readonly second: string;
  readonly routes: SignInRoutes;
  authorizerOf(person: string, user?: User): Authorizer;
}

/** Two replicas of an application with people, which share a store and a key. The first is where browsers are led to. */
export async function startApplication(url: string, consentTimeoutMs = 300_000): Promise<Application> {
  const store = createMemoryStore();
  const authorizerOf = (person: string, user?: User) =>
    createAuthorizer({
      settings: { url, account: person },
      ports: webPorts({ store, ...(user && { user }) }),
      consentTimeoutMs,
    });
  const stateKey = crypto.getRandomValues(new Uint8Array(32));
  const handlers: SignInRoutes[] = [];
  const servers = [0, 1].map((index) =>
    createServer((request, response) => {
      const { url: path, method = 'GET' } = request;
      const headers = new Headers(request.headers as Record<string, string>);
      const asked = new Request(`http://replica.internal${path}`, { method, headers });
      void handlers[index]?.(asked).then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(await answer.text());
      });
    }),
  );
  const [origin = '', second = ''] = await Promise.all(servers.map(listen));
  for (const _ of servers) {
    handlers.push(
      createSignInRoutes({
        baseUrl: `${origin}/mcp/`,
        stateKey,
        authorizerFor(request, { server, user }) {
          const person = request.headers.get('x-user');
          return person === null || server !== 'mail' ? undefined : authorizerOf(person, user);
        },
      }),
    );
  }
  const [routes] = handlers;
  if (routes === undefined) throw new Error('no replica');
  return { origin, second, routes, authorizerOf };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
