import type { ServerKeys } from '@mcpass/node/config';

/** What one part of an entry comes to. */
export interface Part {
  readonly keys: ServerKeys;
  /** What the configuration does not get, and what to do about it. */
  readonly leftOut: readonly string[];
  /** Headers that may be secrets: only a person can say. */
  readonly doubts?: Readonly<Record<string, string>>;
}

/** How a text of an entry is read. */
export interface Notation {
  /** What stands for a variable. */
  readonly reference: RegExp;
  /** Fills in what the entry itself sets. */
  fill(text: string): string;
}

export const NOTHING: Part = { keys: {}, leftOut: [] };

/** `${NAME:-default}`. */
export function hasDefault(text: string): boolean {
  return /\$\{\w+:-/.test(text);
}

export function defaultLine(variable: string): string {
  return `the default of ${variable}: mcpass needs the variable itself`;
}
