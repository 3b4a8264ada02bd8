import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '@mcpass/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import type { Line, Seen } from '../../../auth/test/support/script.js';
import { browse, scriptedProvider } from '../../../auth/test/support/scripted-provider.js';
import { firstFailure, rowsOf } from '../../src/doctor/report.js';
import { messageFor } from '../odd-servers/odd-server.js';
import type { Case } from './case.js';
import { CAUSES } from './causes.js';
import { type Here, firstOf, machineHere, personAt, type Person, remarksOf } from './doctor-here.js';
import { INJECTED } from './injected.js';
import { QUIRKS } from './quirks.js';

/* Measured: of everything that the sandbox can inject, and of the causes that cost somebody a day, whether the first row
   that fails is at the right step and names the right party. */

const CASES: readonly Case[] = [...INJECTED, ...QUIRKS, ...CAUSES];

interface Provider {
  readonly url: string;
  readonly documentUrl: string;
  readonly person: Person;
  /** What goes wrong, from now on. */
  begin(): void;
  close(): Promise<void>;
}

async function providerOf({
  profile = 'plain',
  quirks,
  lines,
  later,
  fault,
  person,
}: Case): Promise<Provider> {
  if (lines !== undefined) {
    const { url, server } = await scriptedProvider((origin) => ({
      'POST /mcp': speak(origin),
      ...lines(origin),
    }));
    return {
      url,
      documentUrl: '',
      person: browse,
      begin: () => later && server.learn(later(server.origin)),
      close: () => Promise.resolve(),
    };
  }
  const sandbox = await startSandbox(profile, quirks);
  return {
    url: sandbox.url,
    documentUrl: sandbox.clientDocumentUrl,
    person: (url) => sandbox.user(person).open(url),
    begin: () => fault && sandbox.fault(fault[0], fault[1], 1_000),
    close: () => sandbox.close(),
  };
}

/** An MCP server of an older era, for everybody with a token. */
const speak =
  (origin: string): Line =>
  ({ headers, body }: Seen) => {
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
    if (headers['authorization'] === undefined)
      return { status: 401, headers: { 'www-authenticate': `Bearer resource_metadata="${metadata}"` } };
    const { method, id } = JSON.parse(body) as { method: string; id?: unknown };
    if (method === 'server/discover') return { status: 400 };
    return id === undefined ? { status: 202 } : { body: messageFor(method, id) };
  };

async function examine(here: Here, each: Case, provider: Provider) {
  const { how, later, slow, silent } = each;
  const login = () =>
    here.doctor('box', {
      login: true,
      user: personAt(provider.person),
      consentTimeoutMs: silent === true ? 300 : 60_000,
      slow,
    });
  if (how === 'refresh' || later !== undefined) {
    const first = await login();
    if (firstOf(first) !== 'nothing') return first;
  }
  provider.begin();
  if (how === 'login') return login();
  return here.doctor('box', { refresh: how === 'refresh', slow });
}

async function wrongIn(each: Case, root: string): Promise<string | undefined> {
  const provider = await providerOf(each);
  const keys = (each.keys ?? '').replace('DOCUMENT', provider.documentUrl);
  const here = machineHere(root, {
    env: each.env,
    config: `[mcp_servers.box]\nurl = "${provider.url}"\n${keys}\n`,
    keeps: each.how === 'refresh' || each.later !== undefined,
  });
  const report = await examine(here, each, provider);
  await provider.close();
  const rows = rowsOf(report);
  const problems = [
    firstOf(report) === each.first ? '' : `${firstOf(report)}, not ${each.first}`,
    each.fix?.test(firstFailure(report)?.fix ?? '') === false ? `fix: ${firstFailure(report)?.fix}` : '',
    ...(each.says ?? []).map((id) => (remarksOf(report).includes(id) ? '' : `nothing of ${id}`)),
    ...(each.silentOf ?? []).map((id) => (rows.some((row) => row.id === id) ? `${id} is said` : '')),
    // Whatever failed says what to do.
    ...rows.map(({ id, status, fix }) => (status !== 'fail' || (fix ?? '') !== '' ? '' : `no fix at ${id}`)),
    new Set(rows.map(({ id }) => id)).size === rows.length ? '' : 'two rows of one id',
  ].filter((problem) => problem !== '');
  if (problems.length === 0) return undefined;
  const failed = rows.filter(({ status }) => status === 'fail').map(({ id, message }) => `${id}: ${message}`);
  return `${each.name} (${each.how}): ${[...problems, ...failed].join(' | ')}`;
}

test('of everything that goes wrong, the first row that fails is the right one and names the right party', async () => {
  const root = mkdtempSync(join(tmpdir(), 'mcpass-doctor-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const left = CASES.toSorted((one, other) => Number(other.slow ?? false) - Number(one.slow ?? false));
  const wrong: string[] = [];
  const lane = async (): Promise<void> => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) {
      const found = await wrongIn(each, root);
      if (found !== undefined) wrong.push(found);
    }
  };
  // Those that wait for a limit of time go on beside the others.
  await Promise.all(Array.from({ length: 12 }, lane));
  process.stdout.write(
    `doctor: ${CASES.length - wrong.length} of ${CASES.length} faults found at the right step, with the right party\n`,
  );
  expect(wrong).toEqual([]);
});
