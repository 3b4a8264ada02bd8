import { accountWords } from '../servers/account-label.js';
import type { Globals } from '../deps.js';
import { shellLine } from './shell-word.js';

/** The options that say whose sign-in, which file and which keys a command is about. */
export type Repeated = Pick<Globals, 'account' | 'configFile' | 'overrides'>;

/** A command of ours that somebody is told to run: with those options of this one, without which it would mean another server. */
export function nextCommand(
  { account, configFile, overrides }: Repeated,
  ...words: readonly string[]
): string {
  return shellLine(
    'mcpass',
    ...words,
    ...accountWords(account),
    ...(configFile === undefined ? [] : ['--config', configFile]),
    ...overrides.flatMap((override) => ['-c', withoutHeaderValue(override)]),
  );
}

/** The value of a header may be a secret, and what is printed gets into logs and, through the bridge, to a model. */
function withoutHeaderValue(override: string): string {
  const mayBeSecret = /(?<!env_)http_headers/.test(override);
  return mayBeSecret ? `${override.slice(0, override.indexOf('='))}=VALUE` : override;
}

export interface SignInWords {
  readonly scopes?: readonly string[];
  readonly force?: boolean;
  /** By a code on any device. */
  readonly device?: boolean;
  /** A sign-in was begun and can still be finished. */
  readonly begun?: boolean | undefined;
  /** The options that name a client that is not in the configuration yet. */
  readonly client?: readonly string[] | undefined;
}

/** The command that signs in now: one that was begun is finished, unless another one is needed. */
export function signInCommand(about: Repeated, server: string, wish: SignInWords = {}): string {
  const { scopes = [], force = false, device = false, begun = false, client = [] } = wish;
  const anew = force || scopes.length > 0;
  return nextCommand(
    about,
    'login',
    server,
    ...(scopes.length > 0 ? ['--scopes', scopes.join(',')] : []),
    ...(force ? ['--force'] : []),
    ...(device ? ['--device'] : []),
    ...(begun && !anew ? ['--resume'] : []),
    ...client,
  );
}
