import { startSandbox, type ProfileName, type Sandbox, type SandboxOptions } from '@mcpass/sandbox';
import { onTestFinished } from 'vitest';

/** A simulated provider that ends with the test. Its log is what the tests judge by. */
export async function startProvider(profile: ProfileName, options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(profile, options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** The `scope` of every registration that was tried: a refusal may lead to another attempt with another redirect URI. */
export function registeredScopes(sandbox: Sandbox): unknown[] {
  return sandbox.log.of('register').map(({ json }) => (json as { scope?: unknown }).scope);
}

/** The query of the one authorization request. */
export function authorizationOf(sandbox: Sandbox): URLSearchParams {
  const [first, ...more] = sandbox.log.of('authorize');
  if (first === undefined || more.length > 0)
    throw new Error(`${more.length + (first ? 1 : 0)} authorizations`);
  return first.query;
}

/** The forms of the token requests with a grant type. */
export function tokenRequests(
  sandbox: Sandbox,
  grant: 'authorization_code' | 'refresh_token' | 'client_credentials',
): URLSearchParams[] {
  return sandbox.log
    .of('token')
    .map(({ form }) => form)
    .filter((form) => form.get('grant_type') === grant);
}
