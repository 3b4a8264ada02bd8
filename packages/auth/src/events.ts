import type { Step } from './errors.js';

/** A tolerated departure from a specification (docs/deviations.md). */
export interface Deviation {
  readonly id: string;
  readonly text: string;
}

/** A fact in an event. Never a secret; foreign text is already made plain. */
export type Fact = string | number | boolean | readonly string[];

/**
 * Everything that happens, as it happens: one stream, read by the debug log, the trace, the progress line and tests.
 * Events are redacted where they are made, not where they are shown.
 */
export type AuthEvent =
  | { readonly type: 'request'; readonly step: Step; readonly method: string; readonly url: string }
  | {
      readonly type: 'answer';
      readonly step: Step;
      readonly method: string;
      readonly url: string;
      readonly status: number;
      readonly ms: number;
    }
  | {
      readonly type: 'no_answer';
      readonly step: Step;
      readonly method: string;
      readonly url: string;
      readonly code: string;
      readonly ms: number;
    }
  /** Something was found or chosen; `facts` say what and why. */
  | {
      readonly type: 'decision';
      readonly step: Step;
      readonly what: string;
      readonly facts: Readonly<Record<string, Fact>>;
    }
  /** The other side departed from a specification and it was tolerated; `id` as in docs/deviations.md. */
  | ({ readonly type: 'deviation'; readonly step: Step } & Deviation)
  /**
   * A sign-in holds the caller up: `waiting` true when it begins to wait for a person, here or at the sign-in of another
   * process; false when that is over.
   */
  | { readonly type: 'consent'; readonly waiting: boolean };

export type Observe = (event: AuthEvent) => void;
