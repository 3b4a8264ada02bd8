import type { ErrorCode } from '@mcpass/auth';

/** What the command ends with. Scripts rely on these numbers: `mcpass help exit-codes` prints them. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 130 | 143;

export interface ExitMeaning {
  readonly code: ExitCode;
  readonly means: string;
  /** For a script: what to do when a command ends so. */
  readonly helps: string;
}

export const EXIT_CODES: readonly ExitMeaning[] = [
  { code: 0, means: 'done', helps: 'Go on.' },
  {
    code: 1,
    means: 'another failure: a port in use, a full disk',
    helps: 'Mend what the message names; trying again alone does not help.',
  },
  {
    code: 2,
    means: 'usage or configuration: unknown server or tool, no client id to be had',
    helps: 'Change the command line or the configuration; trying again alone does not help.',
  },
  {
    code: 3,
    means: 'a server answered with an error or with nonsense; a tool failed',
    helps: 'Of rate_limited and server_error try again later; of the others read what the server said.',
  },
  {
    code: 4,
    means: 'sign-in needed, refused or timed out',
    helps: 'A person has to run mcpass login SERVER; for scripts and agents in two steps, mcpass help ci.',
  },
  {
    code: 5,
    means: 'no answer: DNS, TLS, reset, timeout, proxy',
    helps: 'Try again later; the sign-in is kept.',
  },
  {
    code: 6,
    means: 'the credential store cannot be read or written',
    helps: 'Unlock the keyring or give the passphrase, make room, mend the permissions.',
  },
  {
    code: 7,
    means: 'pending: a sign-in was started and is not finished',
    helps: 'Open the address that was printed, then mcpass login SERVER --resume.',
  },
  { code: 130, means: 'interrupted (Ctrl-C)', helps: 'Run it again.' },
  { code: 143, means: 'terminated', helps: 'Run it again.' },
];

// Exhaustive: a new error code does not compile until somebody has decided what the command ends with.
const EXIT_OF: Readonly<Record<ErrorCode, ExitCode>> = {
  usage: 2,
  config_invalid: 2,
  server_unknown: 2,
  name_in_use: 2,
  url_invalid: 2,
  tool_unknown: 2,
  client_needed: 2,
  client_issuer_mismatch: 2,

  // Nothing failed: there is nothing to sign in to.
  login_not_wanted: 0,
  login_required: 4,
  login_refused: 4,
  login_timeout: 4,
  insufficient_scope: 4,
  token_rejected: 4,
  token_bound: 3,

  resource_mismatch: 3,
  resource_metadata_invalid: 3,
  issuer_mismatch: 3,
  server_metadata_missing: 3,
  pkce_unsupported: 3,
  endpoint_unsafe: 3,
  registration_refused: 3,
  client_rejected: 3,
  authorization_refused: 3,
  authorization_invalid: 3,
  token_refused: 3,
  answer_invalid: 3,
  answer_too_large: 3,
  redirect_refused: 3,
  forbidden: 3,
  rate_limited: 3,
  server_error: 3,
  tool_failed: 3,

  dns_failed: 5,
  connect_failed: 5,
  connection_lost: 5,
  tls_failed: 5,
  proxy_failed: 5,
  timeout: 5,

  store_unreadable: 6,
  store_unwritable: 6,
  record_unreadable: 6,

  port_in_use: 1,
  interrupted: 130,
  internal: 1,
};

/** Every code that an error can have. */
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(EXIT_OF) as ErrorCode[];

export function exitCodeOf(code: ErrorCode): ExitCode {
  return EXIT_OF[code];
}

/** The error codes that a command ends so with, in the order of their kinds. */
export function errorCodesOf(exit: ExitCode): readonly string[] {
  return Object.entries(EXIT_OF).flatMap(([code, ends]) => (ends === exit ? [code] : []));
}
