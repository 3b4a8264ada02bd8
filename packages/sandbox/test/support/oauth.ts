import { createHash, randomBytes } from 'node:crypto';
import type { Sandbox, UserKind } from '../../src/index.js';
import { openCallback } from './callback.js';

/** OAuth as a careful client does it, step by step, with nothing of the sandbox in it. */
export type Parameters = Readonly<Record<string, string | undefined>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function createPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  let json: Record<string, unknown> = {};
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Not every answer is JSON; the test looks at the text then.
  }
  return { status: response.status, headers: response.headers, text, json };
}

export function defined(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

export async function metadataOf(sandbox: Sandbox): Promise<Record<string, string>> {
  const at = new URL('/.well-known/oauth-authorization-server', sandbox.issuer);
  return (await (await fetch(at)).json()) as Record<string, string>;
}

export async function postJson(url: string, body: unknown): Promise<Answer> {
  return read(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
}

export async function postForm(
  url: string,
  form: Parameters,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return read(await fetch(url, { method: 'POST', headers, body: new URLSearchParams(defined(form)) }));
}

/** A registration body with nothing to complain about. */
export function registrationBody(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    client_name: 'Test client',
    redirect_uris: ['http://127.0.0.1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    ...overrides,
  };
}

export async function register(sandbox: Sandbox, overrides: Record<string, unknown> = {}): Promise<Answer> {
  return postJson(`${(await metadataOf(sandbox))['registration_endpoint']}`, registrationBody(overrides));
}

export interface SignIn {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string;
  readonly callback: URLSearchParams;
  /** The page that the user saw last. */
  readonly html: string;
  exchange(overrides?: Parameters, headers?: Record<string, string>): Promise<Answer>;
  refresh(refreshToken: unknown, overrides?: Parameters, headers?: Record<string, string>): Promise<Answer>;
}

export interface SignInOptions {
  readonly scope?: string;
  readonly clientId?: string;
  readonly hostname?: string;
  readonly user?: UserKind;
  /** The subject that the user chooses. */
  readonly person?: string;
  readonly resource?: string | undefined;
  /** Further authorization parameters, or replacements. */
  readonly authorize?: Parameters;
  readonly registration?: Record<string, unknown>;
}

/** Registers, sends a user to the consent page, and waits for the callback. */
export async function signIn(sandbox: Sandbox, options: SignInOptions = {}): Promise<SignIn> {
  await using listener = await openCallback(options.hostname);
  const redirectUri = listener.url;
  const { scope } = options;
  const resource = 'resource' in options ? options.resource : sandbox.resource;
  const endpoints = await metadataOf(sandbox);
  const registered =
    options.clientId ??
    (
      await register(sandbox, {
        redirect_uris: [redirectUri],
        ...(scope && { scope }),
        ...options.registration,
      })
    ).json['client_id'];
  const clientId = String(registered);
  const pkce = createPkce();
  const url = new URL(endpoints['authorization_endpoint'] ?? '');
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state: 'some-state',
    scope,
    resource,
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    ...options.authorize,
  };
  for (const [name, value] of Object.entries(defined(parameters))) url.searchParams.append(name, value);
  const page = await sandbox.user(options.user, options.person).open(url);
  const callback = listener.calls.at(-1) ?? new URLSearchParams();
  const token = endpoints['token_endpoint'] ?? '';
  return {
    clientId,
    redirectUri,
    verifier: pkce.verifier,
    callback,
    html: page?.html ?? '',
    exchange: (overrides = {}, headers = {}) =>
      postForm(
        token,
        {
          grant_type: 'authorization_code',
          code: callback.get('code') ?? '',
          redirect_uri: redirectUri,
          client_id: clientId,
          code_verifier: pkce.verifier,
          resource,
          ...overrides,
        },
        headers,
      ),
    refresh: (refreshToken, overrides = {}, headers = {}) =>
      postForm(
        token,
        {
          grant_type: 'refresh_token',
          refresh_token: String(refreshToken),
          client_id: clientId,
          resource,
          ...overrides,
        },
        headers,
      ),
  };
}
