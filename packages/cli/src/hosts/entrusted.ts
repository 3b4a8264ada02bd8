import { coversServer, isJsonObject, isLoopbackHost } from '@mcpass/auth';
import type { ServerKeys } from '@mcpass/node/config';
import { textOf } from '../json-value.js';

/** Something of the person's that somebody gets once an entry is in the configuration. */
export interface Entrusted {
  /** The key that does it. */
  readonly key: string;
  readonly what: string;
  /** Who receives it. */
  readonly to: string;
  readonly as: string;
}

type Keys = ServerKeys & { readonly url: string };

/**
 * What an entry of a host's file would give away. Others may have written the file, such as one that came with a
 * repository, and they chose the variable and the server alike: each of these takes a yes of the person.
 */
export function entrustedBy(keys: Keys): readonly Entrusted[] {
  const server = new URL(keys.url);
  const { origin } = server;
  const headers = isJsonObject(keys['env_http_headers']) ? keys['env_http_headers'] : {};
  const all: Entrusted[] = [];
  const give = (key: string, to: string, as: string, words: (value: string) => string) => {
    const value = textOf(keys[key]);
    if (value !== undefined) all.push({ key, what: words(value), to, as });
  };
  const variable = (name: unknown) => `the variable ${String(name)}`;
  const issuer = `the authorization server that ${origin} names`;

  give('bearer_token_env_var', origin, 'as the bearer token', variable);
  for (const [header, name] of Object.entries(headers)) {
    all.push({ key: 'env_http_headers', what: variable(name), to: origin, as: `in the header ${header}` });
  }
  give('oauth.client_secret_env', issuer, 'as the client secret', variable);
  give('oauth.client_secret_file', issuer, 'as the client secret', (file) => `what is in ${file}`);
  const resource = textOf(keys['oauth_resource']) ?? 'none';
  if (resource !== 'none' && !coversServer(resource, server)) {
    give('oauth_resource', origin, 'with each request', (uri) => `a token for ${uri}`);
  }
  const callback = textOf(keys['oauth.callback_url']);
  if (callback !== undefined && !isLoopbackHost(new URL(callback).hostname)) {
    give(
      'oauth.callback_url',
      new URL(callback).origin,
      'at its redirect URI',
      () => 'the answer to a sign-in',
    );
  }
  return all;
}

/** The entry without what it would give away. */
export function withoutEntrusted(keys: Keys): Keys {
  const giving = new Set(entrustedBy(keys).map(({ key }) => key));
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !giving.has(key))) as Keys;
}
