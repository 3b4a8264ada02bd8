import { VERSION } from './version.js';

/*
 * The way in. `--version` is answered before anything else is loaded: shells, editors and package managers ask it often.
 */

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`mcpass ${VERSION}\n`);
} else {
  const { runProcess } = await import('./process.js');
  await runProcess(words);
}
