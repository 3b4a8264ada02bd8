import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

/** A private key and its certificate, PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** What https is served with. */
export interface ServedCertificate extends KeyPair {
  /** Lets in only who shows a certificate that this one (PEM) vouches for. */
  readonly clientAuthority?: string;
}

/**
 * Makes a certificate for `localhost` and 127.0.0.1 that signs itself: a private authority in one piece. A client that
 * is told to trust `cert` accepts it, any other refuses (RFC 5280 section 4.1).
 */
export function createCertificate(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(oid(OID.commonName), text('mcpass sandbox'))));
  const dayMs = 24 * 3600 * 1000;
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(oid(OID.ecdsaWithSha256)),
    name,
    sequence(time(new Date(Date.now() - dayMs)), time(new Date(Date.now() + 365 * dayMs))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension(OID.basicConstraints, true, sequence(TRUE)), alternativeNames())),
  );
  const signature = createSign('sha256').update(toBeSigned).sign(privateKey);
  const certificate = sequence(toBeSigned, sequence(oid(OID.ecdsaWithSha256)), bits(signature));
  const base64 = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  };
}

/** Object identifiers, already encoded. */
const OID = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  basicConstraints: '551d13',
  alternativeNames: '551d11',
};

const TRUE = tagged(0x01, Buffer.from([0xff]));

function alternativeNames(): Buffer {
  const dns = tagged(0x82, Buffer.from('localhost'));
  const ip = tagged(0x87, Buffer.from([127, 0, 0, 1]));
  return extension(OID.alternativeNames, false, sequence(dns, ip));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [TRUE] : []), tagged(0x04, value));
}

/** DER: a tag, a length, a value (X.690 section 8.1). */
function tagged(tag: number, ...values: Buffer[]): Buffer {
  const value = Buffer.concat(values);
  const length = value.length < 0x80 ? [value.length] : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

function sequence(...values: Buffer[]): Buffer {
  return tagged(0x30, ...values);
}

function set(...values: Buffer[]): Buffer {
  return tagged(0x31, ...values);
}

function integer(value: Buffer): Buffer {
  return tagged(0x02, value);
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

function text(value: string): Buffer {
  return tagged(0x0c, Buffer.from(value));
}

function time(date: Date): Buffer {
  return tagged(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

function bits(value: Buffer): Buffer {
  return tagged(0x03, Buffer.from([0]), value);
}
