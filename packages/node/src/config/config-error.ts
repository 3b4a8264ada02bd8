import { McpassError } from '@mcpass/auth';
import type { ConfigWarning, Origin } from './config.js';

/** `FILE:LINE:COLUMN`, or the flag or variable. */
export function placeOf(origin: Origin): string {
  return [origin.place, origin.line, origin.column].filter((part) => part !== undefined).join(':');
}

/** What is wrong at a place: `usage` for something typed on the command line, else `config_invalid`. */
export function configError(origin: Origin, message: string, key?: string): McpassError {
  return new McpassError(
    origin.source === 'flag' ? 'usage' : 'config_invalid',
    `${placeOf(origin)}: ${message}`,
    {
      step: 'config',
      fault: 'yours',
      facts: {
        place: origin.place,
        ...(origin.line === undefined ? {} : { line: origin.line }),
        ...(origin.column === undefined ? {} : { column: origin.column }),
        ...(key === undefined ? {} : { key }),
      },
    },
  );
}

/** The same as a warning: the work goes on. */
export function configWarning(origin: Origin, message: string, key?: string): ConfigWarning {
  return { message: `${placeOf(origin)}: ${message}`, origin, ...(key === undefined ? {} : { key }) };
}
