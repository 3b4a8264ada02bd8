import type { JsonObject } from '@mcpass/auth';

/** A question of the server (MCP "elicitation"). All its text is foreign: quote it before showing it. */
export type Question =
  | {
      readonly mode: 'form';
      readonly message: string;
      /** A flat object schema: strings, numbers, booleans and choices. */
      readonly schema: JsonObject;
    }
  /** Asks the person to open `url` and do something there; never opened without consent. */
  | { readonly mode: 'url'; readonly message: string; readonly url: string };

export type AnswerContent = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export type Answer =
  | { readonly action: 'accept'; readonly content?: AnswerContent }
  | { readonly action: 'decline' }
  | { readonly action: 'cancel' };

/**
 * Asks a person. The clocks of the session stand still until it resolves. The signal aborts when the answer is no
 * longer wanted. A rejection is told to the server as `cancel`.
 */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** `accept` fills in the schema's defaults, and the smallest valid value where a required field has none. */
export type AnswerPolicy = 'accept' | 'decline' | Ask;
