// `npm run bench`: what mcpass costs, beside the floor below which nobody can go and beside what others cost. Counts are
// exact; times are medians of one run on this machine, to be compared with each other and with nothing else. Ends with 0
// when every target is reached. `npm run bench -- bridge` runs one part of it, `--rounds 1` a part with rounds once.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { build } from '../scripts/build.mjs';
import { ensureInstalled } from '../scripts/installed.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** Each prints its table and returns its targets. What it imports may have to be installed first. */
const PARTS = {
  async requests() {
    const { countRequests } = await import('./requests.mjs');
    const rows = await countRequests();
    printTable('Requests', rows);
    return rows.map(({ what, measured, floor }) => ({
      target: `${what}: at most ${floor}`,
      figure: String(measured),
      reached: measured <= floor,
    }));
  },
  async 'start-up'({ rounds = 20 }) {
    const { measureStartUp, startUpTargets } = await import('./start-up.mjs');
    const rows = await measureStartUp({ rounds });
    printTable(`Start-up, milliseconds (medians of ${rounds}, in turn)`, rows);
    return startUpTargets(rows);
  },
  async bridge({ rounds = 3 }) {
    await ensureInstalled(here);
    const { bridgeRows, bridgeTargets, measureBridge } = await import('./bridge.mjs');
    const all = await measureBridge({ rounds });
    printTable(`Bridges (medians of ${rounds}, in turn)`, bridgeRows(all));
    return bridgeTargets(all);
  },
  async proofs({ rounds = 3 }) {
    const { measureProofs, proofRows, proofTargets } = await import('./proofs.mjs');
    const all = await measureProofs({ rounds });
    printTable(`A token bound to a key, through the bridge (medians of ${rounds}, in turn)`, proofRows(all));
    return proofTargets(all);
  },
};

process.exitCode = await main();

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string' } },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (unknown !== undefined || (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))) {
    process.stderr.write(`usage: npm run bench -- [${Object.keys(PARTS).join('] [')}] [--rounds N]\n`);
    return 2;
  }
  await ensureInstalled(dirname(here));
  await build();
  const targets = [];
  for (const [name, run] of Object.entries(PARTS)) {
    if (positionals.length === 0 || positionals.includes(name)) targets.push(...(await run({ rounds })));
  }
  process.stdout.write('\n');
  for (const { target, figure, reached } of targets) {
    const verdict = reached === undefined ? 'unknown' : reached ? 'reached' : 'MISSED ';
    process.stdout.write(`${verdict}  ${target}${reached === undefined ? '' : `: ${figure}`}\n`);
  }
  return targets.some(({ reached }) => reached === false) ? 1 : 0;
}

function printTable(title, rows) {
  const columns = Object.keys(rows[0]);
  const all = [Object.fromEntries(columns.map((name) => [name, name])), ...rows];
  const widths = columns.map((name) => Math.max(...all.map((row) => String(row[name]).length)));
  const lines = all.map((row) =>
    columns
      .map((name, at) => String(row[name])[at === 0 ? 'padEnd' : 'padStart'](widths[at]))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
}
