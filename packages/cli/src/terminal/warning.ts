import type { Deps } from '../deps.js';
import type { Io } from './io.js';

/** What is odd and stops nothing, for whoever is not told to be quiet. `message` must have been made plain. */
export function warn({ io }: Pick<Deps, 'io'>, message: string): void {
  io.say(warningLine(io, message));
}

export function warningLine(io: Io, message: string): string {
  return `${io.paint('yellow', 'warning:', 'stderr')} ${message}`;
}
