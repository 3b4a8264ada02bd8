import type { JSONWebKeySet } from 'jose';

/** How a client proves itself at the token endpoint (RFC 7591 section 2). */
export type AuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** A client that the server knows. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly authMethod: AuthMethod;
  readonly secret?: string;
  /** Its public keys, for `private_key_jwt`; the sandbox's own when absent. */
  readonly keys?: JSONWebKeySet;
  /** The scope it was registered with; undefined when the server does not care. */
  readonly scope?: string;
  /** The grant types that it was registered for; undefined: all. */
  readonly grantTypes?: readonly string[];
}

/** Somebody who can be signed in at the server: what it puts into ID tokens (OpenID Connect Core section 5.1). */
export interface Person {
  readonly subject: string;
  readonly name?: string;
  readonly email?: string;
}

/** What the user agreed to. Codes and tokens hang on it, and die with it. */
export interface Grant {
  readonly clientId: string;
  readonly person: Person;
  readonly scopes: readonly string[];
  /** The resource named in the authorization request. */
  readonly resource: string | undefined;
  readonly redirectUri: string;
  /** Google's own way to ask for a refresh token. */
  readonly accessType: string | undefined;
  /** Of the authorization request; it comes back in the ID token. */
  readonly nonce: string | undefined;
  /** Fingerprint of the key that its tokens are bound to (RFC 9449). */
  boundTo?: string;
  revoked: boolean;
}

/** An authorization code. */
export interface Code {
  readonly grant: Grant;
  readonly challenge: string | undefined;
  readonly challengeMethod: 'S256' | 'plain';
  readonly expiresAtS: number;
  used: boolean;
}

/** An access token as its issuer remembers it. */
export interface AccessToken {
  readonly value: string;
  readonly grant: Grant;
  readonly audience: string;
  expiresAtS: number;
  revoked: boolean;
}

/** A refresh token as its issuer remembers it. */
export interface RefreshToken {
  readonly value: string;
  readonly grant: Grant;
  readonly expiresAtS: number;
  /** When it was first exchanged for a newer one. */
  replacedAtS?: number;
  /** The newest one that it was exchanged for. */
  replacedBy?: RefreshToken;
}
