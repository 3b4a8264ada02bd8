import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';

/** What a test file did to the command, and what came of it. */
export interface Figures {
  processes: number;
  kills: number;
  faults: number;
  /** Sign-ins, or their records, that were gone although the provider's rules would have let them live. */
  recordsLost: number;
  /** Tokens that ran out or were taken away, where the number of refreshes for that was counted … */
  expiries: number;
  /** … and those refreshes. */
  refreshes: number;
  browserWindows: number;
}

const NOTHING: Figures = {
  processes: 0,
  kills: 0,
  faults: 0,
  recordsLost: 0,
  expiries: 0,
  refreshes: 0,
  browserWindows: 0,
};

/** Of the test file that runs. */
export const figures: Figures = { ...NOTHING };

/** Environment of the long run, `npm run soak`: a file for the figures, and how much to do. */
const { RELIABILITY_REPORT, RELIABILITY_FACTOR } = process.env;

/** How many times as much as in `npm test` there is to do. */
export const factor: number = Number(RELIABILITY_FACTOR ?? '1');

/** Prints the figures of the file that calls this, at its end; nothing in it may have opened a browser but a sign-in. */
export function reportFigures(name: string): void {
  beforeAll(() => {
    // Files share their modules.
    Object.assign(figures, NOTHING);
  });
  afterAll(() => {
    if (RELIABILITY_REPORT !== undefined) appendFileSync(RELIABILITY_REPORT, `${JSON.stringify(figures)}\n`);
    const { processes, kills, faults, recordsLost, expiries, refreshes, browserWindows } = figures;
    const perExpiry = expiries === 0 ? '-' : String(Number((refreshes / expiries).toFixed(3)));
    process.stdout.write(
      `reliability, ${name}: processes ${processes}, kills ${kills}, faults injected ${faults}, records lost ${recordsLost}, ` +
        `refreshes per expiry ${perExpiry}, browser windows opened ${browserWindows}\n`,
    );
    expect({ recordsLost, browserWindows }).toEqual({ recordsLost: 0, browserWindows: 0 });
  });
}
