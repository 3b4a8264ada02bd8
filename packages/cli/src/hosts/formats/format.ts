import { McpassError } from '@mcpass/auth';
import type { Values } from '../host.js';

/** How one kind of file is read and edited. Edits are of the text: what they do not mean to change stays as it is. */
export interface Format {
  /** Throws `config_invalid`, with line and column. An empty text is an empty table. */
  parse(file: string, text: string): Values;
  /** The text with one more entry under `path`; `undefined` when its form allows none. */
  insert(text: string, path: readonly string[], name: string, entry: Values): string | undefined;
  /** The text without an entry that it has; `undefined` when its form does not allow it. */
  remove(text: string, path: readonly string[], name: string): string | undefined;
}

/** What is wrong with a file, and where: `offset` counts characters. */
export function formatError(file: string, text: string, offset: number, what: string): McpassError {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return new McpassError('config_invalid', `${file}:${line}:${column}: ${what}.`, {
    step: 'config',
    fault: 'yours',
    facts: { place: file, line, column },
  });
}

/** The line end that a text has, or would have. */
export function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** The blanks at the beginning of the line of `offset`. */
export function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? '';
}

export const BYTE_ORDER_MARK = '\ufeff';

/** Runs an edit on what follows the byte order mark, where there is one. */
export function behindMark(text: string, edit: (text: string) => string | undefined): string | undefined {
  if (!text.startsWith(BYTE_ORDER_MARK)) return edit(text);
  const edited = edit(text.slice(1));
  return edited === undefined ? undefined : BYTE_ORDER_MARK + edited;
}
