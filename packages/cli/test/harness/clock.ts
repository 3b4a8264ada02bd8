/** Environment of a process whose clock is wrong by that many milliseconds; its timers run as they do. */
export function clockOff(offsetMs: number): Record<string, string> {
  return {
    NODE_OPTIONS: `--import ${new URL('wrong-clock.mjs', import.meta.url).href}`,
    CLOCK_OFFSET_MS: String(offsetMs),
  };
}

/** Environment of a process for which it is that time when it begins, as far as starting it takes none. */
export function clockAt(time: string): Record<string, string> {
  return clockOff(Date.parse(time) - Date.now());
}
