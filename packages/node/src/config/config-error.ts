import { McpassError, plain } from '@mcpass/auth';
import type { ConfigWarning, Origin } from './config.js';

/** `FILE:LINE:COLUMN`, or the flag or variable. */
export function placeOf(origin: Origin): string {
  return [origin.place, origin.line, origin.column].filter((part) => part !== undefined).join(':');
}

/** Longest message, in characters: a path may be long, and what it quotes is short already. */
const MESSAGE_LIMIT = 6_000;

/** One line, whatever the names in it are: a project file is somebody else's text. */
function lineOf(origin: Origin, message: string): string {
  return plain(`${placeOf(origin)}: ${message}`, MESSAGE_LIMIT);
}

/** What is wrong at a place: `usage` for something typed on the command line, else `config_invalid`. */
export function configError(origin: Origin, message: string, key?: string): McpassError {
  return new McpassError(origin.source === 'flag' ? 'usage' : 'config_invalid', lineOf(origin, message), {
    step: 'config',
    fault: 'yours',
    facts: {
      place: origin.place,
      ...(origin.line === undefined ? {} : { line: origin.line }),
      ...(origin.column === undefined ? {} : { column: origin.column }),
      ...(key === undefined ? {} : { key }),
    },
  });
}

/** The same as a warning: the work goes on. */
export function configWarning(origin: Origin, message: string, key?: string): ConfigWarning {
  return { message: lineOf(origin, message), origin, ...(key === undefined ? {} : { key }) };
}
