import type { Secret } from '../secret.js';
import type { GrantType } from './grant-type.js';

/** Checks that one server may be excused from, each an exact value or a plain yes; see docs/overrides.md. */
export interface UnsafeOverrides {
  /** Accept this exact `issuer` in the metadata where another one was expected (RFC 8414 section 3.3). */
  readonly trustedIssuer?: string;
  /** Accept this exact `iss` in the authorization response (RFC 9207 section 2.4). */
  readonly trustedCallbackIssuer?: string;
  /** Accept a missing `iss` although the metadata promises one (RFC 9207 section 2.4). */
  readonly allowMissingIss?: boolean;
  /** Go on where the metadata does not name PKCE; S256 is sent all the same. A server that names only `plain` stays refused. */
  readonly assumePkce?: boolean;
  /** Read `http` endpoints of an `https` issuer's own host as `https`. */
  readonly upgradeHttp?: boolean;
  /** Follow the rules of 2025-03-26 where a server had resource metadata at the last sign-in and has none any more. */
  readonly allowLegacy?: boolean;
  /** Hosts on private networks that a public server may lead to. */
  readonly privateHosts?: readonly string[];
  /** Ask this authorization server, whatever the resource metadata names (RFC 9728 section 2). */
  readonly authorizationServer?: string;
}

export type OfflineAccess = 'auto' | 'always' | 'never';
export type RegistrationChoice = 'auto' | 'cimd' | 'dcr' | 'none';
/** Whether something that a server offers is used: where it is wanted, wherever it is offered, or not at all. */
export type Use = 'auto' | 'always' | 'never';
export type AuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

export type SigningAlgorithm = 'ES256' | 'ES384' | 'RS256' | 'PS256' | 'EdDSA';

/** Where the key is to be had; asked whenever something is to be signed, so that a new one counts at once. */
export interface ClientKeySource {
  /** A PEM (PKCS #8) or a JWK, as text. */
  readonly read: () => Promise<Secret>;
  /** The `kid`, where the key names none. */
  readonly id?: string;
  /** Needed where more than one fits: for RSA, RS256 when absent. */
  readonly algorithm?: SigningAlgorithm;
}

/** The token of a person who has signed in elsewhere (RFC 8693 section 2.1). */
export interface SubjectToken {
  readonly token: Secret;
  /** Its `subject_token_type`; that of an access token when absent. */
  readonly type?: string;
}

/**
 * The identity provider of an organisation, which vouches for its people at the servers that trust it (MCP extension for
 * enterprise-managed authorization).
 */
export interface IdentityProvider {
  /** What the person calls it. */
  readonly name: string;
  readonly issuer: string;
  /** Where it exchanges tokens; what its metadata says when absent. */
  readonly tokenEndpoint?: string;
  /** The client that signed the person in: the ID token was issued to it. */
  readonly client: ConfiguredClient;
  /** The person's ID token, asked for at every exchange. */
  readonly idToken: () => Promise<Secret>;
  /** Where the ID token is, in words that read on after "the ID token". For errors. */
  readonly idTokenPlace?: string;
}

/** A client that the person registered with the authorization server. */
export interface ConfiguredClient {
  readonly id: string;
  /** Asked for only when it is needed; the source (a variable, a file, a command) stays outside the engine. */
  readonly secret?: () => Promise<Secret>;
  readonly authMethod?: AuthMethod;
}

/** Where secrets of the configuration come from, in words that read on after "the secret": `in the variable X`. For errors. */
export interface SecretPlaces {
  readonly bearerToken?: string;
  readonly clientSecret?: string;
  readonly clientKey?: string;
  readonly assertion?: string;
  readonly registrationToken?: string;
  /** By the name of the header, as it is written in `headers`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What one server needs that the defaults do not give. Everything but `url` is optional. */
export interface ServerSettings {
  /** The MCP endpoint. Its query goes with every MCP request. */
  readonly url: string;
  /** Label for several accounts on one server; `default` when absent. */
  readonly account?: string;
  readonly auth?: 'auto' | 'oauth' | 'bearer' | 'none';
  /** With `auth` `bearer` or `auto`: sent instead of OAuth. `refused` is one that the server has answered with 401. */
  readonly bearerToken?: (refused?: Secret) => Promise<Secret>;
  /** Sent to the server's own origin, its metadata included, and to no other. Values may be secret. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly scopes?: readonly string[];
  readonly offlineAccess?: OfflineAccess;
  /** Replaces the `resource` of all three requests; `none` leaves it out of all three. */
  readonly resource?: string;
  readonly client?: ConfiguredClient;
  /** `authorization_code` when absent. */
  readonly grant?: GrantType;
  /** The only authorization server that this server may name; also the only one that `client` and its secret may go to. */
  readonly issuer?: string;
  readonly registration?: RegistrationChoice;
  /** What `issuer` wants to see before it registers a client (RFC 7591 section 3). It goes to no other. */
  readonly registrationToken?: () => Promise<Secret>;
  /** The private key of the client, or of that of the metadata document: it proves itself with `private_key_jwt`. */
  readonly clientKey?: ClientKeySource;
  /**
   * With the grant `jwt_bearer`: the workload's own token, for that audience where its source can choose. Asked for at every
   * request.
   */
  readonly assertion?: (audience: string) => Promise<Secret>;
  /** With the grant `token_exchange`: the token of whoever is acted for. */
  readonly subject?: SubjectToken;
  /** With the grant `enterprise`: who vouches for the person. */
  readonly identityProvider?: IdentityProvider;
  /** What that token is for, where the authorization server wants another audience than itself. */
  readonly assertionAudience?: string;
  /** The person's own client ID metadata document. */
  readonly clientMetadataUrl?: string;
  /** `client_name` of a registration, `mcpass` when absent. */
  readonly clientName?: string;
  readonly redirect?: {
    readonly host?: string;
    readonly port?: number;
    readonly path?: string;
    readonly url?: string;
  };
  /** Pushed authorization requests (RFC 9126); `auto` when absent. */
  readonly par?: Use;
  /** Tokens that are bound to a key (RFC 9449); `auto` when absent. */
  readonly dpop?: Use;
  readonly authorizeParams?: Readonly<Record<string, string>>;
  readonly tokenParams?: Readonly<Record<string, string>>;
  /** Names the granted scopes in every refresh, where a server wants them there (RFC 6749 section 6 makes them optional). */
  readonly refreshScope?: 'granted';
  readonly unsafe?: UnsafeOverrides;
  readonly places?: SecretPlaces;
}
