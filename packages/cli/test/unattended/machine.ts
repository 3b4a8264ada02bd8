import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMachine, type Ended, type Machine } from '../harness/command.js';
import { type Host, startHost } from '../harness/host.js';

/** A machine on which nobody sits, with one server, `m`, and what its processes have in their environment. */
export interface UnattendedMachine {
  readonly machine: Machine;
  /** Of the machine: files of its own go here. */
  readonly directory: string;
  run(...words: readonly string[]): Promise<Ended>;
  runWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Ended>;
  host(): Promise<Host>;
  /** Makes what is stored as old as if its life were over. */
  expire(): void;
}

export function createUnattended(
  lines: (directory: string) => readonly string[],
  env: Readonly<Record<string, string>> = {},
): UnattendedMachine {
  const machine = createMachine();
  const directory = join(machine.home, '..', 'work');
  const text = ['credentials_store = "plain"', '[mcp_servers.m]', ...lines(directory), ''].join('\n');
  machine.writeConfig(text);
  const runWith: UnattendedMachine['runWith'] = (more, ...words) =>
    machine.runWith({ env: { CI: '1', ...env, ...more } }, ...words);
  const start: Machine['start'] = (options, ...words) =>
    machine.start({ ...options, env: { CI: '1', ...env } }, ...words);
  return {
    machine,
    directory,
    runWith,
    run: (...words) => runWith({}, ...words),
    host: () => startHost({ ...machine, start }, 'm'),
    expire: () => expire(join(machine.home, 'data/credentials')),
  };
}

function expire(directory: string): void {
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.json'))) {
    const path = join(directory, name);
    const record = JSON.parse(readFileSync(path, 'utf8')) as { grant: { tokens: Record<string, number> } };
    Object.assign(record.grant.tokens, { obtainedAtS: 1_000_000_000, expiresAtS: 1_000_003_600 });
    writeFileSync(path, JSON.stringify(record));
  }
}
