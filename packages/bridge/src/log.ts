import { plain } from '@mcpass/auth';

/** One line for the person, on standard error: hosts show it. */
export type Log = (text: string) => void;

/** Lines with the server's name before them. Foreign text must have been made plain. */
export function createLog(name: string, say: (line: string) => void): Log {
  const prefix = `mcpass bridge ${plain(name, 100)}`;
  return (text) => say(`${prefix}: ${text.replaceAll('\n', ' ')}`);
}
