// How many requests the servers saw, beside the least that the specification allows (design: a cold sign-in is one
// challenged request, one resource metadata, one server metadata, one registration, one token request).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createAuthorizer } from '@mcpass/auth';
import { nodePorts } from '@mcpass/node';
import { startSandbox } from '@mcpass/sandbox';

import { BROWSER, COMMAND, time } from './command.mjs';

const CALLS = 20;

export async function countRequests() {
  const home = await mkdtemp(join(tmpdir(), 'mcpass-bench-'));
  const env = { ...process.env, MCPASS_HOME: home, MCPASS_BROWSER: BROWSER };
  const sandbox = await startSandbox('plain');
  const { log } = sandbox;
  try {
    const rows = [];
    await time([COMMAND, 'add', 'bench', sandbox.url], env);

    log.clear();
    await time([COMMAND, 'login', 'bench'], env);
    // What the browser asks for is the person's business, not the client's.
    const mine = log.all.filter(({ endpoint }) => endpoint !== 'authorize' && endpoint !== 'consent');
    rows.push({ what: 'cold sign-in', measured: mine.length, floor: 5, twice: repeated(mine) });

    log.clear();
    await time([COMMAND, 'tools', 'bench'], env);
    const oauth = log.all.filter(({ endpoint }) => endpoint !== 'mcp');
    rows.push({
      what: 'warm tools: for the sign-in',
      measured: oauth.length,
      floor: 0,
      twice: repeated(oauth),
    });

    sandbox.expireAccessTokens();
    log.clear();
    const answered = await callsAtOnce(sandbox.url, home);
    rows.push({
      what: `token refused, ${CALLS} calls waiting: refreshes`,
      measured: log.of('token').length,
      floor: 1,
      twice: 0,
    });
    rows.push({ what: `of these calls, not answered`, measured: CALLS - answered, floor: 0, twice: 0 });
    return rows;
  } finally {
    await sandbox.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** Paths that were asked more than once. */
function repeated(requests) {
  return (
    requests.length - new Set(requests.map(({ server, method, path }) => `${server} ${method} ${path}`)).size
  );
}

async function callsAtOnce(url, home) {
  process.env['MCPASS_HOME'] = home;
  const authorizer = createAuthorizer({ settings: { url }, ports: nodePorts() });
  const call = (id) =>
    authorizer.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id,
        method: 'initialize',
        params: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'bench', version: '0' },
        },
      }),
    });
  const answers = await Promise.all(Array.from({ length: CALLS }, (_, id) => call(id)));
  await Promise.all(answers.map(({ body }) => body?.cancel()));
  return answers.filter(({ status }) => status === 200).length;
}
