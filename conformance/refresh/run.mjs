/*
 * The exam that the official suite does not hold: what a client does about its refresh token. Every scenario with every client
 * that is named, all at once because they mostly wait, and a table at the end. See README.md.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ensureInstalled } from '../../scripts/installed.mjs';
import { FAULTS, runReference } from './clients/reference.mjs';
import { createRun, SCENARIOS } from './scenarios.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const CLIENTS = ['mcpass', 'sdk', 'mcp-remote'];
/** Scenarios at a time: they mostly wait. */
const WIDTH = 7;
const LONGEST_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    client: { type: 'string', multiple: true, default: ['mcpass'] },
    only: { type: 'string', multiple: true },
    report: { type: 'string' },
  },
});
process.exitCode = await main();

async function main() {
  const names = options.client.includes('all') ? CLIENTS : options.client;
  const unknown = names.find((name) => !CLIENTS.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`No client is called ${unknown}: ${CLIENTS.join(', ')}, all.\n`);
    return 2;
  }
  if (names.includes('mcp-remote')) await ensureInstalled(join(here, '../../bench'));
  const scenarios = SCENARIOS.filter(({ name }) => options.only?.includes(name) ?? true);
  const examiner = await examine(scenarios);
  const queue = names.flatMap((client) => scenarios.map((scenario) => ({ client, scenario })));
  const results = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results.push({ ...next, ...(await runScenario(next)) });
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  print(scenarios, names, results);
  const ours = results.filter(({ client }) => client === 'mcpass');
  const failed = ours.filter(({ checks }) => !isClean(checks)).length + examiner;
  const passed = scenarios.length + ours.length - failed;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (options.report !== undefined) writeFileSync(options.report, JSON.stringify({ passed, failed }));
  return failed === 0 ? 0 : 1;
}

function isClean(checks) {
  return checks.every(({ status }) => status === 'SUCCESS');
}

/** Each check passes with a client that is right, and fails with one that is wrong in that one way. How many do not. */
async function examine(scenarios) {
  const wrong = await Promise.all(
    scenarios.map(async (scenario) => {
      const reasons = [];
      const right = await referenceChecks(scenario, undefined);
      reasons.push(
        ...right.filter(({ status }) => status !== 'SUCCESS').map(({ id }) => `${id} fails rightly done`),
      );
      const shown = new Set();
      const faults = Object.entries(FAULTS).filter(([, found]) => scenario.name in found);
      await Promise.all(
        faults.map(async ([fault, found]) => {
          const failing = (await referenceChecks(scenario, fault)).filter(
            ({ status }) => status === 'FAILURE',
          );
          const ids = failing.map(({ id }) => id);
          for (const id of ids) shown.add(id);
          reasons.push(
            ...found[scenario.name].filter((id) => !ids.includes(id)).map((id) => `${id}: ${fault}`),
          );
        }),
      );
      reasons.push(
        ...scenario.checks.filter(({ id }) => !shown.has(id)).map(({ id }) => `${id} never fails`),
      );
      if (reasons.length > 0) process.stdout.write(`FAIL ${scenario.name}: ${reasons.join('; ')}\n`);
      return reasons.length > 0;
    }),
  );
  return wrong.filter(Boolean).length;
}

async function referenceChecks(scenario, fault) {
  const run = createRun(scenario);
  const { serverUrl, context } = await run.start();
  await runReference({ serverUrl, steps: context.steps, fault });
  const checks = run.getChecks();
  await run.stop();
  return checks;
}

/** As the suite runs a client: a command, the URL behind it, the scenario and its context in the environment. */
async function runScenario({ client, scenario }) {
  const run = createRun(scenario);
  const { serverUrl, context } = await run.start();
  const child = spawn(process.execPath, [join(here, 'clients', `${client}.mjs`), serverUrl], {
    env: {
      ...process.env,
      MCP_CONFORMANCE_SCENARIO: scenario.name,
      MCP_CONFORMANCE_CONTEXT: JSON.stringify(context),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LONGEST_MS,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  const checks = run.getChecks();
  await run.stop();
  return { checks, code, said };
}

function print(scenarios, names, results) {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  const cell = (text) => text.padEnd(14);
  process.stdout.write(`${''.padEnd(width)}  ${names.map(cell).join('').trimEnd()}\n`);
  for (const scenario of scenarios) {
    const own = names.map((name) =>
      results.find(({ client, scenario: { name: of } }) => client === name && of === scenario.name),
    );
    const marks = own.map(({ checks }) => {
      const failed = checks.filter(({ status }) => status !== 'SUCCESS').length;
      return cell(failed === 0 ? 'ok' : `${failed} of ${checks.length} no`);
    });
    process.stdout.write(`${scenario.name.padEnd(width)}  ${marks.join('').trimEnd()}\n`);
    for (const { client, checks, code, said } of own) {
      const failed = checks.filter(({ status }) => status !== 'SUCCESS');
      for (const { id, errorMessage } of failed) {
        process.stdout.write(`    ${client}: ${id}: ${errorMessage ?? 'came to nothing'}\n`);
      }
      if (client === 'mcpass' && failed.length > 0) process.stdout.write(`    ended with ${code}: ${said}\n`);
    }
  }
  const clean = (name) => results.filter(({ client, checks }) => client === name && isClean(checks)).length;
  process.stdout.write(
    `${'clean'.padEnd(width)}  ${names
      .map((name) => cell(`${clean(name)} of ${scenarios.length}`))
      .join('')
      .trimEnd()}\n`,
  );
}
