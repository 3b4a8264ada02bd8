import type { Fault, FaultPlace, SandboxOptions, UserKind } from '@mcpass/sandbox';
import type { Line } from '../../../auth/test/support/script.js';

/* What can go wrong with a provider, each with where a doctor must find it first and whose fault it must say that it is. */

export interface Case {
  readonly name: string;
  /** Looks only, or does the real thing. */
  readonly how: 'look' | 'login' | 'refresh';
  readonly profile?:
    | 'plain'
    | 'pre-registered'
    | 'legacy-2025-03'
    | 'legacy-2025-03-bare'
    | 'authkit'
    | 'fastmail'
    | 'stepup'
    | 'google'
    | 'device'
    | 'dpop'
    | 'par-required'
    | 'machine'
    | 'workload';
  readonly quirks?: SandboxOptions;
  /** A provider that says these lines, instead of a sandbox. */
  readonly lines?: (origin: string) => Readonly<Record<string, Line | undefined>>;
  /** Lines that it learns after a sign-in. */
  readonly later?: (origin: string) => Readonly<Record<string, Line | undefined>>;
  readonly fault?: readonly [FaultPlace, Fault];
  readonly person?: UserKind;
  /** Keys of the entry. */
  readonly keys?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The server is silent for as long as anybody waits. */
  readonly slow?: boolean | undefined;
  /** Nobody comes back from the browser. */
  readonly silent?: boolean;
  /** `step fault` of the first row that fails, or `nothing`. */
  readonly first: string;
  /** What that row says to do. */
  readonly fix?: RegExp;
  /** Ids of rows that say something besides: of what a sign-in survives they are all there is. */
  readonly says?: readonly string[];
  /** Ids of rows that would be about something else. */
  readonly silentOf?: readonly string[];
}
