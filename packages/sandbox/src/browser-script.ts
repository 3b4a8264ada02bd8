import { fileURLToPath } from 'node:url';

/** The path of the simulated browser: `node PATH URL`, for `BROWSER` and `MCPASS_BROWSER`. See `browser.ts`. */
export const BROWSER_SCRIPT: string = fileURLToPath(new URL('./browser.js', import.meta.url));
