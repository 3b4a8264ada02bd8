import { type ErrorCode, McpassError, type Remedy, type Step } from '../errors.js';
import { plain } from '../text.js';
import { withoutQueryValues } from '../server/shown-url.js';

/** The code of an error of a `fetch` that finds the name of a public server's friend in the private network. */
export const PRIVATE_ADDRESS = 'ERR_MCPASS_PRIVATE_ADDRESS';

/** The system's and undici's error codes, by what they mean for a person. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'dns_failed',
  EAI_AGAIN: 'dns_failed',
  EAI_NODATA: 'dns_failed',
  EAI_NONAME: 'dns_failed',
  ECONNREFUSED: 'connect_failed',
  EHOSTUNREACH: 'connect_failed',
  ENETUNREACH: 'connect_failed',
  EADDRNOTAVAIL: 'connect_failed',
  EACCES: 'connect_failed',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  UND_ERR_SOCKET: 'connection_lost',
  UND_ERR_CLOSED: 'connection_lost',
  UND_ERR_DESTROYED: 'connection_lost',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  [PRIVATE_ADDRESS]: 'endpoint_unsafe',
};

const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/;

const WORDS: Partial<Record<ErrorCode, (host: string, code: string, reason: string) => string>> = {
  dns_failed: (host, code) => `The name ${host} could not be found (${code}).`,
  connect_failed: (host, code) => `${host} does not take connections (${code}).`,
  connection_lost: (host, code) => `The connection to ${host} broke off (${code}).`,
  timeout: (host, code) => `${host} did not answer in time (${code}).`,
  tls_failed: (host, code, reason) => `No trusted connection to ${host}: ${reason} (${code}).`,
  endpoint_unsafe: (host, _code, address) =>
    `The name ${host} leads to ${address}: a public server must not lead into a private network.`,
  proxy_failed: (host, _code, reason) => `The proxy did not let the request to ${host} through: ${reason}.`,
};

const STEPS: Partial<Record<ErrorCode, Step>> = {
  dns_failed: 'dns',
  connect_failed: 'connect',
  connection_lost: 'connect',
  tls_failed: 'tls',
  proxy_failed: 'connect',
};

/** What is wrong with a certificate that is trusted otherwise. */
const OF_THE_SERVER: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED:
    'if the clock of this machine is right, whoever runs the server has to renew the certificate',
  CERT_NOT_YET_VALID:
    'check the clock of this machine; if it is right, the certificate was installed too early',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'check the host in the address; if it is right, the server has the certificate of another',
};

interface SystemError {
  readonly code: string;
  readonly message: string;
}

const NO_REASON = 'no reason given';

/** Reasons of undici that have no code. Any other words could have the value of a header in them, a secret. */
const REASONS: ReadonlySet<string> = new Set([
  'bad port',
  'fetch failed',
  'invalid method',
  'redirect count exceeded',
  'terminated',
  'unexpected redirect',
  'unknown scheme',
  'URL scheme must be a HTTP(S) scheme',
]);

/**
 * The first error with a code in a chain of causes; of several attempts (happy eyeballs) the first. Where none has a
 * code, the words of the innermost stand for it, if they are known.
 */
function systemError(thrown: unknown): SystemError {
  let current = thrown;
  let words = NO_REASON;
  for (let depth = 0; depth < 10 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, message, errors, cause } = current as {
      code?: unknown;
      message?: unknown;
      errors?: unknown;
      cause?: unknown;
    };
    if (typeof code === 'string') return { code, message: String(message ?? '') };
    if (typeof message === 'string' && message !== '') words = REASONS.has(message) ? message : NO_REASON;
    current = cause ?? (Array.isArray(errors) ? (errors as readonly unknown[])[0] : undefined);
  }
  return { code: words, message: words };
}

/** Turns what a `fetch` threw into an error that tells DNS, connection, TLS, proxy and time apart. */
export function networkFailure(thrown: unknown, url: string, step: Step): McpassError {
  const host = URL.canParse(url) ? new URL(url).host : url;
  const { code, message } = systemError(thrown);
  const kind = message.startsWith('Proxy response') ? 'proxy_failed' : classify(code);
  const say = WORDS[kind] ?? WORDS.connect_failed;
  return new McpassError(kind, say?.(plain(host, 100), code, plain(message, 160)) ?? 'No answer.', {
    step: STEPS[kind] ?? step,
    // Nobody on the way makes these: whoever runs the server has to put them right.
    fault: kind === 'endpoint_unsafe' || OF_THE_SERVER[code] !== undefined ? 'server' : 'network',
    cause: thrown,
    facts: {
      url: URL.canParse(url) ? withoutQueryValues(new URL(url)) : plain(url),
      system: code,
      during: step,
    },
    ...remedyFor(kind, code, url),
  });
}

function remedyFor(kind: ErrorCode, code: string, url: string): { readonly remedy?: Remedy } {
  if (kind === 'endpoint_unsafe') {
    const { hostname } = new URL(url);
    const value = JSON.stringify([hostname]);
    return { remedy: { do: 'configure', key: 'unsafe.private_hosts', value } };
  }
  if (kind !== 'tls_failed') return {};
  const text =
    OF_THE_SERVER[code] ??
    (code.includes('ALERT_CERTIFICATE_REQUIRED')
      ? 'the server wants a certificate of yours: name it in client_certificate_file, and its key in client_key_file'
      : 'if the certificate is from a private authority, name its file in NODE_EXTRA_CA_CERTS, or in ca_file for this server alone');
  return { remedy: { do: 'say', text } };
}

function classify(code: string): ErrorCode {
  return CODES[code] ?? (TLS.test(code) ? 'tls_failed' : 'connect_failed');
}
