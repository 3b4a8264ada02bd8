/*
 * The way in. `--version` is answered before any other file is loaded: shells, editors and package managers ask it often.
 */

declare const MCPASS_VERSION: string;

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`mcpass ${MCPASS_VERSION}\n`);
} else {
  const { runProcess } = await import('./process.js');
  await runProcess(words);
}
