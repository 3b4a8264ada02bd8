import { posix, win32 } from 'node:path';
import type { Place } from './host.js';

/** Parts joined as the platform does it. */
export function join({ platform }: Place, ...parts: readonly string[]): string {
  return (platform === 'win32' ? win32 : posix).join(...parts);
}

/** A variable that names a directory; one that is empty or relative counts as not set, as the XDG rules have it. */
export function directory({ env, platform }: Place, variable: string): string | undefined {
  const value = env[variable];
  if (value === undefined) return undefined;
  return (platform === 'win32' ? win32 : posix).isAbsolute(value) ? value : undefined;
}

/** `$XDG_CONFIG_HOME`, else `~/.config`. */
export function xdgConfig(place: Place): string {
  return directory(place, 'XDG_CONFIG_HOME') ?? join(place, place.home, '.config');
}

/** `%APPDATA%`. */
export function roaming(place: Place): string {
  return directory(place, 'APPDATA') ?? join(place, place.home, 'AppData', 'Roaming');
}

/** Where desktop programs keep their settings. */
export function applicationSupport(place: Place): string {
  if (place.platform === 'win32') return roaming(place);
  return place.platform === 'darwin'
    ? join(place, place.home, 'Library', 'Application Support')
    : xdgConfig(place);
}
