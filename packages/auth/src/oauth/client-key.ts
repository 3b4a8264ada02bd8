import { McpassError, type Step } from '../errors.js';
import { type JsonObject, parseJsonObject } from '../json-object.js';
import { plain, quote } from '../text.js';
import type { ClientKeySource, ServerSettings, SigningAlgorithm } from '../server/settings.js';

/* The private key of a client (RFC 7523 section 2.2), as people keep it: a PEM (PKCS #8) or a JWK. */

/** A key that can sign. */
export interface ClientKey {
  readonly key: CryptoKey;
  readonly algorithm: SigningAlgorithm;
  readonly id: string | undefined;
}

type Import = RsaHashedImportParams | EcKeyImportParams | { readonly name: string };

const IMPORTS: Readonly<Record<SigningAlgorithm, Import>> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
};

interface Kind {
  readonly words: string;
  /** The first one is taken where nobody chose. */
  readonly algorithms: readonly SigningAlgorithm[];
}

const P256: Kind = { words: 'an EC key on P-256', algorithms: ['ES256'] };
const P384: Kind = { words: 'an EC key on P-384', algorithms: ['ES384'] };
const RSA: Kind = { words: 'an RSA key', algorithms: ['RS256', 'PS256'] };
const ED25519: Kind = { words: 'an Ed25519 key', algorithms: ['EdDSA'] };
const OTHER: Kind = { words: 'a key of another kind', algorithms: [] };

/** By the object identifiers that stand at its beginning (RFC 5958, RFC 5480, RFC 8410), in hexadecimal, each with its length. */
const PKCS8_KINDS: readonly (readonly [string, Kind])[] = [
  ['06082a8648ce3d030107', P256],
  ['06052b81040022', P384],
  ['06072a8648ce3d0201', { words: 'an EC key on another curve', algorithms: [] }],
  ['06092a864886f70d010101', RSA],
  ['06032b6570', ED25519],
];

/** RFC 7518 section 3.3. */
const RSA_BITS = 2048;

type Fail = (why: string, remedy?: string) => McpassError;

/** The key as it is now. Throws `config_invalid`, which names where the key comes from and nothing of the key. */
export async function readClientKey({
  clientKey: source,
  places,
}: Pick<ServerSettings, 'clientKey' | 'places'>): Promise<ClientKey | undefined> {
  if (source === undefined) return undefined;
  const text = (await source.read()).reveal().trim();
  const place = places?.clientKey === undefined ? '' : ` ${plain(places.clientKey, 300)}`;
  const fail: Fail = (why, remedy) =>
    configInvalid(`The private key${place} cannot be used: ${why}.`, remedy);
  return text.startsWith('{') ? ofJwk(text, source, fail) : ofPem(text, source, fail);
}

/** The public half, for a client's metadata document (RFC 7517 section 4). */
export async function publicJwk({ key, algorithm, id }: ClientKey): Promise<JsonObject> {
  const jwk = (await crypto.subtle.exportKey('jwk', key)) as unknown as JsonObject;
  const names = ['kty', 'crv', 'x', 'y', 'n', 'e'];
  const members = names.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]]));
  return { ...Object.fromEntries(members), ...(id !== undefined && { kid: id }), use: 'sig', alg: algorithm };
}

async function ofJwk(text: string, source: ClientKeySource, fail: Fail): Promise<ClientKey> {
  const jwk = parseJsonObject(text);
  if (jwk === undefined) throw fail('it begins like a JWK and is no JSON object');
  if (Array.isArray(jwk['keys'])) throw fail('it is a set of keys', 'put the one private JWK alone there');
  const kind = kindOfJwk(jwk);
  if (kind === undefined) throw fail('it is neither a PEM (PKCS #8) nor a JWK');
  if (kind.algorithms.length > 0 && typeof jwk['d'] !== 'string')
    throw fail('it is the public half of a key');
  const { alg, kid } = jwk;
  const wished = source.algorithm ?? (typeof alg === 'string' ? alg : undefined);
  const algorithm = choose(kind, wished, fail);
  // What its other members allow it is not asked: it is for signing, and that is what it is used for.
  const { use: _u, key_ops: _o, alg: _a, ext: _e, ...bare } = jwk;
  const key = await subtleImport('jwk', bare as JsonWebKey, algorithm, fail);
  return { key, algorithm, id: typeof kid === 'string' ? kid : source.id };
}

function kindOfJwk({ kty, crv }: JsonObject): Kind | undefined {
  if (typeof kty !== 'string') return undefined;
  if (kty === 'RSA') return RSA;
  if (kty === 'oct') return { words: 'a shared secret', algorithms: [] };
  const kinds: Readonly<Record<string, Kind>> = { 'P-256': P256, 'P-384': P384, Ed25519: ED25519 };
  return (typeof crv === 'string' ? kinds[crv] : undefined) ?? OTHER;
}

/** PEM labels that people meet, and what is wrong with them. */
const OTHER_LABELS: Readonly<Record<string, readonly [string, string]>> = {
  'ENCRYPTED PRIVATE KEY': [
    'it is encrypted with a passphrase, and nobody is here to type one',
    'openssl pkey -in KEY -out NEW takes the passphrase away; chmod 600 NEW',
  ],
  'RSA PRIVATE KEY': ['it is PKCS #1, not PKCS #8', 'openssl pkey -in KEY -out NEW makes one; chmod 600 NEW'],
  'EC PRIVATE KEY': ['it is SEC 1, not PKCS #8', 'openssl pkey -in KEY -out NEW makes one; chmod 600 NEW'],
  'OPENSSH PRIVATE KEY': [
    'it is in the form of OpenSSH, not PKCS #8',
    'ssh-keygen -p -m PKCS8 -f KEY changes it; make a copy first',
  ],
  'PUBLIC KEY': ['it is the public half of a key', 'the authorization server wants that one'],
  CERTIFICATE: ['it is a certificate', 'the key that belongs to it is wanted'],
};

async function ofPem(text: string, source: ClientKeySource, fail: Fail): Promise<ClientKey> {
  const [, label = '', body = ''] = /-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/s.exec(text) ?? [];
  if (label === '') throw fail('it is neither a PEM (PKCS #8) nor a JWK');
  const isEncrypted = body.includes('ENCRYPTED');
  const wrong = OTHER_LABELS[isEncrypted ? 'ENCRYPTED PRIVATE KEY' : label];
  if (wrong !== undefined) throw fail(...wrong);
  if (label !== 'PRIVATE KEY') throw fail(`it is a PEM of another kind, ${quote(label, 60)}`);
  // A variable may hold the line ends as two characters.
  const bytes = decodeBase64(body.replaceAll(String.raw`\n`, ''));
  if (bytes === undefined) throw fail('its PEM is damaged');
  const algorithm = choose(kindOfPkcs8(bytes), source.algorithm, fail);
  return { key: await subtleImport('pkcs8', bytes, algorithm, fail), algorithm, id: source.id };
}

function kindOfPkcs8(bytes: Uint8Array): Kind {
  const beginning = Array.from(bytes.subarray(0, 48), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return PKCS8_KINDS.find(([identifier]) => beginning.includes(identifier))?.[1] ?? OTHER;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll(/\s/g, '')), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function choose({ words, algorithms }: Kind, wished: string | undefined, fail: Fail): SigningAlgorithm {
  const [usual] = algorithms;
  if (usual === undefined) throw fail(`it is ${words}; ES256, ES384, RS256, PS256 and EdDSA are there`);
  const found = algorithms.find((algorithm) => algorithm === wished);
  if (wished === undefined || found !== undefined) return found ?? usual;
  const fits = algorithms.join(' or ');
  throw fail(
    `it is ${words}, and ${plain(wished, 40)} is signed with another`,
    `oauth.signing_algorithm: ${fits} fits this key`,
  );
}

async function subtleImport(
  format: 'jwk' | 'pkcs8',
  material: JsonWebKey | Uint8Array<ArrayBuffer>,
  algorithm: SigningAlgorithm,
  fail: Fail,
): Promise<CryptoKey> {
  const key = await (crypto.subtle.importKey as (...all: readonly unknown[]) => Promise<CryptoKey>)
    .call(crypto.subtle, format, material, IMPORTS[algorithm], true, ['sign'])
    // What it says may be about the material.
    .catch(() => undefined);
  if (key === undefined) throw fail('it is damaged');
  const { modulusLength } = key.algorithm as { modulusLength?: number };
  if (modulusLength !== undefined && modulusLength < RSA_BITS)
    throw fail(`it has ${modulusLength} bits, and an RSA key for signing has ${RSA_BITS} at least`);
  return key;
}

function configInvalid(message: string, remedy: string | undefined): McpassError {
  const step: Step = 'client';
  return new McpassError('config_invalid', message, {
    step,
    fault: 'yours',
    ...(remedy !== undefined && { remedy: { do: 'say', text: remedy } }),
  });
}
