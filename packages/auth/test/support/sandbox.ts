import {
  type ProfileName,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
  type UserKind,
} from '@mcpass/sandbox';
import { onTestFinished } from 'vitest';

import { testClient, type TestClient, type TestClientOptions } from './client.js';

/** A simulated provider that ends with the test. */
export async function provider(profile: ProfileName, overrides: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(profile, overrides);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

type Options = Omit<Partial<TestClientOptions>, 'settings'> & {
  readonly settings?: Partial<TestClientOptions['settings']>;
  readonly as?: UserKind;
};

/** A client of that provider, with a simulated person who consents unless told otherwise. */
export function clientOf(
  sandbox: Sandbox,
  { as = 'consents', settings, ...options }: Options = {},
): TestClient {
  return testClient({
    visit: (url) => sandbox.user(as).open(url),
    ...options,
    settings: { url: sandbox.url, ...settings },
  });
}

/** A client that has signed in; the log of the provider is empty after that. */
export async function signedIn(sandbox: Sandbox, options: Options = {}): Promise<TestClient> {
  const client = clientOf(sandbox, options);
  await client.authorizer.signIn();
  sandbox.log.clear();
  return client;
}

let id = 0;

/** One call of an MCP method over the authorizing fetch. */
export function call(client: TestClient, method = 'tools/list', params: object = {}): Promise<Response> {
  return client.authorizer.fetch(client.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: (id += 1), method, params }),
  });
}

/** The access tokens that the MCP server saw, in order; `none` for a request without. */
export function tokensSeen(sandbox: Sandbox): string[] {
  return sandbox.log
    .of('mcp')
    .map(({ headers }) => headers['authorization']?.replace('Bearer ', '') ?? 'none');
}
