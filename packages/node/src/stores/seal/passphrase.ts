import { McpassError, Secret } from '@mcpass/auth';
import { type Environment, variable } from '../../environment.js';
import { readBounded } from '../files/bounded-file.js';

/** Asks a person at the terminal, without echo. `confirm` is set for a new passphrase: ask twice. */
export type AskPassphrase = (question: { readonly confirm: boolean }) => Promise<Secret>;

/** Whether credentials may be kept in plain files where `auto` finds nothing better; `because` says why it does not. */
export type AgreeToPlain = (because: string) => Promise<boolean>;

export interface PassphraseOptions {
  readonly env: Environment;
  /** Absent where nobody can be asked. */
  readonly ask?: AskPassphrase | undefined;
}

/** Bytes of a passphrase; more is a mistake. */
const LIMIT = 4096;
const LINE_END_BYTES = 2;
/** Milliseconds that a descriptor gets which says at once that it has nothing yet. */
const PATIENCE_MS = 60_000;

/** What was read from a descriptor: it can be read only once in a process. */
const fromDescriptor = new Map<number, Secret | undefined>();

/**
 * The passphrase of MCPASS_PASSPHRASE, or of the open file that MCPASS_PASSPHRASE_FD numbers. Undefined where neither
 * says anything.
 */
export function givenPassphrase(env: Environment): Secret | undefined {
  const value = variable(env, 'MCPASS_PASSPHRASE');
  if (value !== undefined) return new Secret(value);
  const number = variable(env, 'MCPASS_PASSPHRASE_FD');
  if (number === undefined) return undefined;
  const descriptor = /^\d{1,6}$/.test(number) ? Number(number) : Number.NaN;
  if (!fromDescriptor.has(descriptor)) fromDescriptor.set(descriptor, readDescriptor(descriptor));
  return fromDescriptor.get(descriptor);
}

function readDescriptor(descriptor: number): Secret | undefined {
  let text: string;
  try {
    text =
      readBounded(descriptor, { limit: LIMIT + LINE_END_BYTES, patienceMs: PATIENCE_MS })?.toString('utf8') ??
      '';
  } catch (thrown) {
    throw new McpassError('store_unreadable', 'MCPASS_PASSPHRASE_FD names no file that can be read.', {
      step: 'store',
      fault: 'yours',
      remedy: {
        do: 'say',
        text: 'open the descriptor for the command: MCPASS_PASSPHRASE_FD=3 mcpass … 3<FILE',
      },
      cause: thrown,
    });
  }
  const passphrase = text.replace(/\r?\n$/, '');
  return passphrase === '' || passphrase.length > LIMIT ? undefined : new Secret(passphrase);
}

/** The passphrase from wherever it comes. Throws `store_unreadable` where there is none and nobody can be asked. */
export async function findPassphrase(options: PassphraseOptions, confirm: boolean): Promise<Secret> {
  const given = givenPassphrase(options.env);
  if (given !== undefined) return given;
  if (options.ask !== undefined) return options.ask({ confirm });
  const message = confirm
    ? 'A passphrase to seal with is needed, and there is none here.'
    : 'This is sealed with a passphrase, and there is none here.';
  throw new McpassError('store_unreadable', message, {
    step: 'store',
    fault: 'yours',
    remedy: { do: 'say', text: 'set MCPASS_PASSPHRASE, or MCPASS_PASSPHRASE_FD to an open file descriptor' },
  });
}
