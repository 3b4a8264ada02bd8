import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { McpassError } from '@mcpass/auth';
import { type Environment, variable } from '../environment.js';
import { isOpen } from '../stores/files/open-file.js';
import { errnoWords } from '../stores/files/errno.js';

/** Files in PEM: whom a server is trusted by besides the usual authorities, and what we show it (RFC 8446 section 4.4.2). */
export interface ServerCertificates {
  readonly caFile?: string;
  readonly clientCertificateFile?: string;
  /** In the file of the certificate when absent. */
  readonly clientKeyFile?: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What TLS connections are made with, where the environment (`SSL_CERT_FILE`, as of OpenSSL and its many users) or a server
 * names more than Node itself knows; undefined where Node's own will do. The files are read once, when the first connection
 * needs them. What the environment names and is not there counts for nothing, as with `NODE_EXTRA_CA_CERTS`; what the
 * configuration names is an error, `config_invalid`.
 */
export function secureContextOf(
  env: Environment,
  { caFile, clientCertificateFile, clientKeyFile }: ServerCertificates = {},
): (() => SecureContext) | undefined {
  const extra = variable(env, 'NODE_EXTRA_CA_CERTS');
  const named = variable(env, 'SSL_CERT_FILE');
  // Node has read that file already.
  const ofEnvironment = named === extra ? undefined : named;
  if (ofEnvironment === undefined && caFile === undefined && clientCertificateFile === undefined)
    return undefined;
  let context: SecureContext | undefined;
  return () => {
    if (context !== undefined) return context;
    const own = caFile === undefined ? undefined : certificatesIn(caFile, 'ca_file');
    const more = [extra, ofEnvironment].flatMap((file) => (file === undefined ? [] : certificatesOf(file)));
    const cert = clientCertificateFile && read(clientCertificateFile, 'client_certificate_file');
    const key = clientCertificateFile && readKey(clientKeyFile ?? clientCertificateFile);
    // Most commands open no connection, and loading it would be a tenth of them.
    const { createSecureContext, rootCertificates } = process.getBuiltinModule('node:tls');
    try {
      context = createSecureContext({
        ca: [...new Set([...rootCertificates, ...more, ...(own ?? [])])],
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      });
    } catch (thrown) {
      // OpenSSL says which function failed, which helps nobody.
      throw unusable(
        'client_certificate_file',
        `${clientCertificateFile} and its key cannot be used: they must be PEM, the key without a passphrase, and belong together`,
        thrown,
      );
    }
    return context;
  };
}

function certificatesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').match(CERTIFICATE) ?? [];
  } catch {
    return [];
  }
}

function certificatesIn(file: string, key: string): readonly string[] {
  const found = read(file, key).match(CERTIFICATE);
  if (found === null) throw unusable(key, `${file} has no certificate in PEM in it`);
  return found;
}

function readKey(file: string): string {
  if (isOpen(file))
    throw unusable('client_key_file', `${file} can be read by others`, undefined, `chmod 600 ${file}`);
  return read(file, 'client_key_file');
}

function read(file: string, key: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw unusable(key, `${file} cannot be read: ${errnoWords(thrown)}`, thrown);
  }
}

function unusable(key: string, why: string, cause?: unknown, remedy?: string): McpassError {
  return new McpassError('config_invalid', `${key}: ${why}.`, {
    step: 'config',
    fault: 'yours',
    cause,
    facts: { key },
    ...(remedy !== undefined && { remedy: { do: 'say', text: remedy } }),
  });
}
