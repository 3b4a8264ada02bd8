import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Sandbox } from '@mcpass/sandbox';
import { createMachine, type Machine, PROGRAM } from '../harness/command.js';
import { startProvider } from '../harness/provider.js';

const run = promisify(execFile);
/** The built one: a browser is a process of its own. */
const BROWSER = createRequire(import.meta.url).resolve('@mcpass/sandbox/browser');

export const EXAMPLES: string = fileURLToPath(new URL('../../../../examples/', import.meta.url));

/** Somebody's machine with the command on it, and a provider. */
export interface Place {
  readonly machine: Machine;
  readonly sandbox: Sandbox;
  readonly env: Record<string, string>;
}

export async function createPlace(): Promise<Place> {
  const machine = createMachine();
  const sandbox = await startProvider('authkit');
  const folder = machine.env['HOME'] ?? '';
  symlinkSync(PROGRAM, join(folder, 'mcpass'));
  const env = {
    ...machine.env,
    CI: '',
    PATH: `${folder}${delimiter}${process.env['PATH']}`,
    MCPASS_BROWSER: `"${process.execPath}" "${BROWSER}"`,
  };
  return { machine, sandbox, env };
}

/** What a program of examples/ prints that is given the URL of the provider's server. */
export async function output(place: Place, program: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await run(program, [...words, place.sandbox.url], {
    env: place.env,
    timeout: 90_000,
    killSignal: 'SIGKILL',
  });
  return stdout;
}
