// `npm run bench`: what mcpass costs, beside the floor below which nobody can go. Counts are exact; times are medians of
// one run on this machine, to be compared with each other and with nothing else.
import { countRequests } from './requests.mjs';
import { measureStartUp } from './start-up.mjs';

const width = (rows, column) => Math.max(...rows.map((row) => String(row[column]).length));

function table(title, rows) {
  const columns = Object.keys(rows[0]);
  const all = [Object.fromEntries(columns.map((name) => [name, name])), ...rows];
  const lines = all.map((row) =>
    columns
      .map((name, at) =>
        at === 0 ? String(row[name]).padEnd(width(all, name)) : String(row[name]).padStart(width(all, name)),
      )
      .join('  '),
  );
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

const requests = await countRequests();
table('Requests', requests);
const times = await measureStartUp({ rounds: 20 });
table('Start-up, milliseconds (medians of 20, in turn)', times);

const over = [
  ...requests.filter(({ measured, floor }) => measured > floor),
  ...times.filter(({ budget, added }) => added > budget),
];
for (const { what } of over) process.stdout.write(`\nover: ${what}`);
process.stdout.write(over.length === 0 ? '\nall within the floor and the budget\n' : '\n');
process.exitCode = over.length === 0 ? 0 : 1;
