import { plain } from '@mcpass/auth';
import type { Log } from '@mcpass/mcp/parts';

/** Longest line, in characters: the address of a sign-in fits in it. */
const LINE_LIMIT = 8_000;

/** Lines with the server's name before them. Whatever gets into one, it stays one line and moves no cursor. */
export function createLog(name: string, say: (line: string) => void): Log {
  const prefix = `mcpass bridge ${plain(name, 100)}`;
  return (text) => say(`${prefix}: ${plain(text, LINE_LIMIT)}`);
}
