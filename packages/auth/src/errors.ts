import { replaceUnsafe } from './text.js';

/** Where in the work something went wrong. */
export type Step =
  | 'config'
  | 'credential'
  | 'store'
  | 'clock'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'challenge'
  | 'resource'
  | 'server'
  | 'client'
  | 'scopes'
  | 'authorization'
  | 'token'
  | 'refresh'
  | 'session';

/** Who has to act: the person who configured or answered, the other side, the way between, or mcpass. */
export type Fault = 'yours' | 'server' | 'network' | 'ours';

/**
 * What an error can be. Stable: programs switch on these. A new code is a minor release, a changed meaning a major one.
 */
export type ErrorCode =
  // usage and configuration
  | 'usage'
  | 'config_invalid'
  | 'server_unknown'
  | 'name_in_use'
  | 'url_invalid'
  | 'tool_unknown'
  | 'client_needed'
  | 'client_issuer_mismatch'
  // sign-in
  | 'login_required'
  | 'login_refused'
  | 'login_timeout'
  | 'login_not_wanted'
  | 'insufficient_scope'
  | 'token_rejected'
  | 'token_bound'
  // what another party answered
  | 'resource_mismatch'
  | 'resource_metadata_invalid'
  | 'issuer_mismatch'
  | 'server_metadata_missing'
  | 'pkce_unsupported'
  | 'endpoint_unsafe'
  | 'registration_refused'
  | 'client_rejected'
  | 'authorization_refused'
  | 'authorization_invalid'
  | 'token_refused'
  | 'answer_invalid'
  | 'answer_too_large'
  | 'redirect_refused'
  | 'forbidden'
  | 'rate_limited'
  | 'server_error'
  | 'tool_failed'
  // no answer
  | 'dns_failed'
  | 'connect_failed'
  | 'connection_lost'
  | 'tls_failed'
  | 'proxy_failed'
  | 'timeout'
  // the credential store
  | 'store_unreadable'
  | 'store_unwritable'
  | 'record_unreadable'
  // this machine
  | 'port_in_use'
  | 'interrupted'
  | 'internal';

/**
 * The one thing to do about an error, as data: who shows it knows how its users say it (a command, a button, a call).
 */
export type Remedy =
  | {
      readonly do: 'sign_in';
      readonly scopes?: readonly string[];
      readonly force?: boolean;
      /** By a code on any device, as before. */
      readonly device?: boolean;
    }
  /** A sign-in was begun: somebody opens its page, and `finishSignIn` goes on. The address holds its `state`. */
  | { readonly do: 'finish_sign_in'; readonly authorizationUrl: string }
  | { readonly do: 'configure'; readonly key: string; readonly value: string }
  | { readonly do: 'retry_later'; readonly afterSeconds?: number }
  | { readonly do: 'say'; readonly text: string };

export interface ErrorDetails {
  readonly step: Step;
  readonly fault: Fault;
  readonly remedy?: Remedy;
  readonly cause?: unknown;
  /** Facts for programs; no secrets, foreign text already made plain. */
  readonly facts?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

const brand = Symbol.for('mcpass.error');

/** Every failure that leaves a package of mcpass is one of these. The message is safe to print. */
export class McpassError extends Error {
  readonly code: ErrorCode;
  readonly step: Step;
  readonly fault: Fault;
  readonly remedy: Remedy | undefined;
  readonly facts: Readonly<Record<string, string | number | boolean | readonly string[]>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    super(visible(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'McpassError';
    this.code = code;
    this.step = details.step;
    this.fault = details.fault;
    this.remedy = details.remedy && visibleRemedy(details.remedy);
    this.facts = details.facts ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  toJSON(): Record<string, unknown> {
    return { code: this.code, step: this.step, fault: this.fault, message: this.message };
  }
}

/** Whoever quoted foreign words in it has made them plain; what slipped through moves no cursor either. */
function visible(text: string): string {
  return replaceUnsafe(text, () => ' ');
}

function visibleRemedy(remedy: Remedy): Remedy {
  if (remedy.do === 'say') return { ...remedy, text: visible(remedy.text) };
  return remedy.do === 'configure' ? { ...remedy, value: visible(remedy.value) } : remedy;
}

/** Works across copies of this package, where `instanceof` does not. */
export function isMcpassError(thrown: unknown): thrown is McpassError {
  return typeof thrown === 'object' && thrown !== null && brand in thrown;
}

/** The same error with more in it. */
export function withDetails(
  error: McpassError,
  more: Partial<Pick<ErrorDetails, 'remedy' | 'facts'>> & { readonly message?: string },
): McpassError {
  const remedy = more.remedy ?? error.remedy;
  return new McpassError(error.code, more.message ?? error.message, {
    step: error.step,
    fault: error.fault,
    cause: error.cause ?? error,
    facts: { ...error.facts, ...more.facts },
    ...(remedy !== undefined && { remedy }),
  });
}

/** The error that somebody's wrapping hides: the first of ours in the chain of causes (at most ten deep). */
export function findMcpassError(thrown: unknown): McpassError | undefined {
  let current = thrown;
  for (let depth = 0; depth < 10 && typeof current === 'object' && current !== null; depth += 1) {
    if (isMcpassError(current)) return current;
    current = (current as { cause?: unknown }).cause;
  }
  return undefined;
}
