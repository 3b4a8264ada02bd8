import {
  type Codec,
  CodecError,
  type Extensible,
  listOf,
  objectOf,
  oneOf,
  secret,
  text,
  whole,
  yesNo,
} from './codec.js';
import { isJsonObject } from '../json-object.js';
import type { AuthMethod } from '../server/settings.js';
import type { UnattendedGrantType } from '../server/grant-type.js';
import type { Secret } from '../secret.js';

/** The version that this mcpass writes. A record of a newer one is refused, never guessed at. */
export const RECORD_VERSION = 1;

/** Which credential: one server (its canonical URL) and one account there. */
export interface RecordKey {
  readonly server: string;
  readonly account: string;
  /** Tells several credentials of one account apart, which have other clients or resources; absent where nobody chose. */
  readonly variant?: string;
}

/** A client identity at one authorization server. It never goes to another one. */
export interface Client extends Extensible {
  readonly id: string;
  readonly issuer: string;
  /** How it came about: brought by the person, a metadata document's URL, or dynamic registration (RFC 7591). */
  readonly origin: 'configured' | 'metadata_document' | 'registered';
  readonly authMethod: AuthMethod;
  /** Absent where no answer comes by way of a browser. */
  readonly redirectUri?: string;
  /** Only of a registered client; a configured client's secret stays where the person keeps it. */
  readonly secret?: Secret;
  /** Epoch seconds; absent when it does not expire. */
  readonly secretExpiresAtS?: number;
  /** The scopes that the registration named, where it named any: a server may refuse others later. */
  readonly scopes?: readonly string[];
  readonly registeredAtS?: number;
  readonly registrationClientUri?: string;
  readonly registrationAccessToken?: Secret;
}

/** What the authorization server's metadata said when the grant was made; refresh and logout use it as it was. */
export interface Endpoints extends Extensible {
  readonly token: string;
  readonly authorization?: string;
  readonly registration?: string;
  readonly revocation?: string;
}

export interface Tokens extends Extensible {
  readonly access: Secret;
  readonly type: 'Bearer' | 'DPoP';
  /** Epoch seconds. */
  readonly obtainedAtS: number;
  /** Epoch seconds; absent when the server did not say. */
  readonly expiresAtS?: number;
  /** Epoch seconds of a 401 that the token got although it should have lived: it is renewed before it is used again. */
  readonly refusedAtS?: number;
  /** Epoch seconds at which the server accepted the token for the first time after it had been in doubt. */
  readonly acceptedAtS?: number;
  readonly refresh?: Secret;
  /** Epoch seconds at which the refresh token ends by itself; absent when the server did not say. */
  readonly refreshExpiresAtS?: number;
}

/** That a client now belongs elsewhere, in the words of the person: both issuers, as they are. */
export interface ClientMove extends Extensible {
  readonly from: string;
  readonly to: string;
}

/** Who signed in, as an ID token said: harmless text, and no proof of anything. */
export interface Identity extends Extensible {
  /** Names the person for ever, at this issuer. */
  readonly subject: string;
  readonly name?: string;
  readonly email?: string;
}

/** What one authorization server granted: everything that belongs together and is replaced together. */
export interface Grant extends Extensible {
  readonly issuer: string;
  /** Of a grant that needs no person; absent where somebody consented. */
  readonly type?: UnattendedGrantType;
  readonly endpoints: Endpoints;
  readonly client: Client;
  readonly requestedScopes: readonly string[];
  /** As the server named them; absent when it did not (then they are the requested ones, RFC 6749 section 5.1). */
  readonly grantedScopes?: readonly string[];
  /** As sent, byte for byte; absent when it was left out. */
  readonly resource?: string;
  readonly tokens: Tokens;
  /** The private key that the tokens are bound to (RFC 9449), as a JWK; absent where they are bound to none. */
  readonly dpopKey?: Secret;
  /** Absent where no ID token came that could be believed. */
  readonly identity?: Identity;
  /** Epoch seconds of the sign-in. */
  readonly signedInAtS: number;
  /** Tolerated departures seen while signing in, by id. */
  readonly deviations?: readonly string[];
}

/** A sign-in that was begun and waits for its answer, maybe in another process. It is finished once, or it expires. */
export type PendingSignIn = PendingConsent | PendingDevice;

interface PendingCommon extends Extensible {
  readonly issuer: string;
  readonly endpoints: Endpoints;
  readonly client: Client;
  readonly scopes: readonly string[];
  /** As in {@link Grant}. */
  readonly resource?: string;
  readonly clientMove?: ClientMove;
  /** As in {@link Grant}, for the tokens to come. */
  readonly dpopKey?: Secret;
  /** Epoch seconds. */
  readonly expiresAtS: number;
}

/** Whose answer comes by way of a browser. */
export interface PendingConsent extends PendingCommon {
  readonly device?: never;
  /** Holds the `state` of the attempt. */
  readonly authorizationUrl: Secret;
  readonly state: Secret;
  readonly codeVerifier: Secret;
  /** Of the authorization request, where the configuration asked for one. */
  readonly nonce?: string;
  /** Epoch seconds before which the page has to be opened, where the request was pushed. */
  readonly openBeforeS?: number;
  /** Whether the authorization server promised to name itself in its answer (RFC 9207). */
  readonly issPromised: boolean;
}

/** Whose code somebody enters on another device (RFC 8628). */
export interface PendingDevice extends PendingCommon {
  readonly device: DeviceCode;
}

/** What the device authorization endpoint gave out (RFC 8628 section 3.2). */
export interface DeviceCode extends Extensible {
  readonly code: Secret;
  /** What the person enters, and where. */
  readonly userCode: string;
  readonly verificationUri: string;
  /** The same with the code in it. */
  readonly verificationUriComplete?: string;
  /** Seconds between two questions whether somebody has entered it. */
  readonly intervalS: number;
}

export type RefreshOutcome = 'renewed' | 'refused' | 'client_refused' | 'failed';

export interface LastRefresh extends Extensible {
  /** Epoch seconds. */
  readonly atS: number;
  readonly outcome: RefreshOutcome;
  /** One line, already made plain. */
  readonly detail?: string;
  /** The code of the error, after a failure. */
  readonly code?: string;
  /** Failures in a row, this one included. */
  readonly failures?: number;
  /** Epoch seconds before which no process asks again, unless a person wants it to. */
  readonly nextAtS?: number;
  /** Epoch seconds of a 401 to the request that the renewal was made for: the renewal was no help. */
  readonly vainAtS?: number;
}

/** A sign-in that a person was asked about and that came to nothing. */
export interface LastSignIn extends Extensible {
  /** Epoch seconds of its end. */
  readonly atS: number;
  /** `given_up`: the person said no, or nothing. */
  readonly outcome: 'given_up' | 'failed';
  /** The code of the error. */
  readonly code: string;
  /** One line, already made plain. */
  readonly detail: string;
  /** What was asked for, to tell whether somebody else would ask for the same. */
  readonly wish: string;
}

/** One credential: everything that was decided for one account on one server. */
export interface CredentialRecord extends RecordKey, Extensible {
  readonly version: typeof RECORD_VERSION;
  /** Counts up at every write. */
  readonly generation: number;
  readonly grant?: Grant;
  /**
   * The newest registration, which may not have led to a grant yet. Apart from `grant`, so that an attempt that fails
   * leaves a working session alone, and the next attempt need not register again.
   */
  readonly registration?: Client;
  /** A sign-in in two steps, between them. */
  readonly pending?: PendingSignIn;
  /** Set when the grant can no longer be renewed: only a new sign-in helps. */
  readonly signInNeeded?: string;
  readonly lastRefresh?: LastRefresh;
  /** Only while no later sign-in has succeeded. */
  readonly lastSignIn?: LastSignIn;
  /** Epoch seconds when the server was seen to want no sign-in; gone when it wants one, or somebody signs in. */
  readonly wantsNoneAtS?: number;
  /** Of a server that lets strangers in and wants a token for some requests only; kept beyond the sign-in that it led to. */
  readonly strangerRefused?: StrangerRefused;
}

/**
 * What a request without a token was told where others were let in: whoever signs in later asks with one that is let in, and
 * would hear nothing of where to go.
 */
export interface StrangerRefused extends Extensible {
  /** As the challenge named them. */
  readonly resourceMetadata?: string;
  readonly scopes?: readonly string[];
  readonly dpop?: 'only' | 'too';
}

const authMethod = oneOf('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt');

const client: Codec<Client> = objectOf(
  {
    id: text,
    issuer: text,
    origin: oneOf('configured', 'metadata_document', 'registered'),
    authMethod,
  },
  {
    redirectUri: text,
    secret,
    secretExpiresAtS: whole,
    scopes: listOf(text),
    registeredAtS: whole,
    registrationClientUri: text,
    registrationAccessToken: secret,
  },
);

const endpoints: Codec<Endpoints> = objectOf(
  { token: text },
  { authorization: text, registration: text, revocation: text },
);

const pendingMembers = { issuer: text, endpoints, client, scopes: listOf(text), expiresAtS: whole };
const pendingOptions = {
  dpopKey: secret,
  resource: text,
  clientMove: objectOf({ from: text, to: text }, {}),
};

const pendingConsent: Codec<PendingConsent> = objectOf(
  { ...pendingMembers, authorizationUrl: secret, state: secret, codeVerifier: secret, issPromised: yesNo },
  { ...pendingOptions, nonce: text, openBeforeS: whole },
);

const pendingDevice: Codec<PendingDevice> = objectOf(
  {
    ...pendingMembers,
    device: objectOf(
      { code: secret, userCode: text, verificationUri: text, intervalS: whole },
      { verificationUriComplete: text },
    ),
  },
  pendingOptions,
);

const pending: Codec<PendingSignIn> = {
  decode: (json) => (isJsonObject(json) && 'device' in json ? pendingDevice : pendingConsent).decode(json),
  encode: (value) =>
    value.device === undefined ? pendingConsent.encode(value) : pendingDevice.encode(value),
};

const grant: Codec<Grant> = objectOf(
  {
    issuer: text,
    endpoints,
    client,
    requestedScopes: listOf(text),
    tokens: objectOf(
      { access: secret, type: oneOf('Bearer', 'DPoP'), obtainedAtS: whole },
      { expiresAtS: whole, refusedAtS: whole, acceptedAtS: whole, refresh: secret, refreshExpiresAtS: whole },
    ),
    signedInAtS: whole,
  },
  {
    type: oneOf('client_credentials', 'jwt_bearer', 'token_exchange', 'enterprise'),
    grantedScopes: listOf(text),
    resource: text,
    dpopKey: secret,
    identity: objectOf({ subject: text }, { name: text, email: text }),
    deviations: listOf(text),
  },
);

const record: Codec<CredentialRecord> = objectOf(
  { version: oneVersion(), generation: whole, server: text, account: text },
  {
    variant: text,
    grant,
    registration: client,
    pending,
    signInNeeded: text,
    lastRefresh: objectOf(
      { atS: whole, outcome: oneOf('renewed', 'refused', 'client_refused', 'failed') },
      { detail: text, code: text, failures: whole, nextAtS: whole, vainAtS: whole },
    ),
    lastSignIn: objectOf(
      { atS: whole, outcome: oneOf('given_up', 'failed'), code: text, detail: text, wish: text },
      {},
    ),
    wantsNoneAtS: whole,
    strangerRefused: objectOf(
      {},
      { resourceMetadata: text, scopes: listOf(text), dpop: oneOf('only', 'too') },
    ),
  },
);

function oneVersion(): Codec<typeof RECORD_VERSION> {
  return {
    decode(json) {
      if (json !== RECORD_VERSION) throw new CodecError('', `the version ${RECORD_VERSION}`);
      return RECORD_VERSION;
    },
    encode: (value) => value,
  };
}

/** Reads a record from its JSON value. Throws `CodecError`, which names the member and never a value. */
export function decodeRecord(json: unknown): CredentialRecord {
  if (isJsonObject(json) && typeof json['version'] === 'number' && json['version'] > RECORD_VERSION) {
    throw new CodecError(
      'record.version',
      `a version that this mcpass knows (it was written by a newer one)`,
    );
  }
  try {
    return record.decode(json);
  } catch (thrown) {
    throw thrown instanceof CodecError ? thrown.within('record') : thrown;
  }
}

/** The JSON value of a record, secrets in the clear: only for a store that is about to write or seal it. */
export function encodeRecord(value: CredentialRecord): unknown {
  return record.encode(value);
}

/** A record for a key that has none yet. The store sets the generation. */
export function emptyRecord(key: RecordKey): CredentialRecord {
  const { server, account, variant } = key;
  return {
    version: RECORD_VERSION,
    generation: 0,
    server,
    account,
    ...(variant !== undefined && { variant }),
  };
}

/** A key as text: equal for equal keys only. */
export function keyText({ server, account, variant }: RecordKey): string {
  return variant === undefined ? `${server}\n${account}` : `${server}\n${account}\n${variant}`;
}

/** The record of a server that was seen to want no sign-in. One that is there stays: it may be wanted again. */
export function withoutSignIn(
  current: CredentialRecord | undefined,
  key: RecordKey,
  nowMs: number,
): CredentialRecord {
  if (current?.grant !== undefined || current?.strangerRefused !== undefined) return current;
  return { ...(current ?? emptyRecord(key)), wantsNoneAtS: Math.floor(nowMs / 1000) };
}

/** The name of a key for file names and locks: 64 hexadecimal characters (SHA-256). */
export async function recordName(key: RecordKey): Promise<string> {
  const bytes = new TextEncoder().encode(keyText(key));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
