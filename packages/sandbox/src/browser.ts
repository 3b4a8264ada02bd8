#!/usr/bin/env node
// A browser for `BROWSER` and `MCPASS_BROWSER`: called with a URL, it does what a user of the kind in `SANDBOX_USER`
// would do, as the person whose subject is in `SANDBOX_PERSON`. `SANDBOX_BROWSER_LOG` names a file that gets a line per
// call, so that windows can be counted.
import { appendFileSync } from 'node:fs';
import { createUser, USER_KINDS, type UserKind } from './user.js';

const url = process.argv.at(-1) ?? '';
const log = process.env['SANDBOX_BROWSER_LOG'];
if (log !== undefined) appendFileSync(log, `${url}\n`);

const wanted = process.env['SANDBOX_USER'] ?? 'consents';
const kind = USER_KINDS.find((name) => name === wanted);
if (kind === undefined) {
  process.stderr.write(`SANDBOX_USER is one of ${USER_KINDS.join(', ')}\n`);
  process.exitCode = 2;
} else {
  await browse(kind);
}

async function browse(kind: UserKind): Promise<void> {
  try {
    await createUser(kind, process.env['SANDBOX_PERSON']).open(url);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
