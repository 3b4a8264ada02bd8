import { exportJWK, exportPKCS8, generateKeyPair, type JSONWebKeySet } from 'jose';

/** The key of a client that nobody gave one: for trying things, so that it is handed out. */
export interface ClientKey {
  /** PKCS #8. */
  readonly pem: string;
  /** Its public half. */
  readonly keys: JSONWebKeySet;
}

/** A new one, for ES256. */
export async function createClientKey(): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] };
  return { pem: await exportPKCS8(privateKey), keys };
}
