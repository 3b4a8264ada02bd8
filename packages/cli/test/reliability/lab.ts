import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decodeRecord, encodeRecord, type CredentialRecord } from '@mcpass/auth';
import { type FileStoreKind, openStore, type OpenedStore } from '@mcpass/node/stores';
import type { Fault, FaultPlace, ProfileName, Sandbox, SandboxOptions } from '@mcpass/sandbox';
import { expect, onTestFinished } from 'vitest';
import {
  createMachine,
  type Ended,
  type Machine,
  type RunOptions,
  type Running,
} from '../harness/command.js';
import { linesOf } from '../../../node/test/fixtures/lines.js';
import { startProvider } from '../harness/provider.js';
import { figures } from './figures.js';

const RECORD = /^[0-9a-f]{64}\.json$/;

type Grant = NonNullable<CredentialRecord['grant']>;
export type SignedInRecord = CredentialRecord & { readonly grant: Grant };

/** A machine with one sign-in at one provider, and everything that can befall it. */
export interface Lab {
  readonly sandbox: Sandbox;
  readonly machine: Machine;
  /** Where the records are. */
  readonly directory: string;
  /** Where their locks are: with plain records the same place. */
  readonly locks: string;
  /** The record's file. */
  readonly file: string;
  run(...words: readonly string[]): Promise<Ended>;
  /** What a test begins with, in its own process; that store and windows are the lab's, too. */
  prepare(...words: readonly string[]): Promise<void>;
  start(options: RunOptions, ...words: readonly string[]): Running;
  /** The plain record as it is on the disk; throws where it cannot be read. */
  record(): SignedInRecord;
  rewrite(change: (record: SignedInRecord) => CredentialRecord): void;
  /** Lets the access token run out, here and at the provider. */
  expire(): void;
  /** Lets the access token be about to run out: it should be renewed, and still works. */
  age(leftS?: number): void;
  fault(place: FaultPlace, fault: Fault, times?: number): void;
  /** Refresh requests that the provider saw since the last count. */
  refreshes(): number;
  /** A store on the same directory, as another program would open it. */
  store(): OpenedStore;
}

/** Which store the machine has, and what its processes need to open it. */
export interface Keep {
  readonly kind: FileStoreKind;
  readonly env: Readonly<Record<string, string>>;
}

/** Milliseconds for a process among many on a busy machine. */
const PATIENCE_MS = 90_000;

export async function createLab(
  profile: ProfileName = 'plain',
  options: SandboxOptions = {},
  words: readonly string[] = [],
  keep: Keep = { kind: 'plain', env: {} },
): Promise<Lab> {
  const sandbox = await startProvider(profile, options);
  const machine = createMachine({ person: 'consents' });
  let started = 0;
  const start = (own: RunOptions, ...line: readonly string[]): Running => {
    figures.processes += 1;
    // A log of its own for each process: many run at once, and each answers for the windows that it opened itself.
    const windows = join(machine.home, '..', `windows-${(started += 1)}.log`);
    const env = {
      SANDBOX_BROWSER_LOG: windows,
      MCPASS_CREDENTIALS_STORE: keep.kind,
      ...keep.env,
      ...own.env,
    };
    const running = machine.start({ limitMs: PATIENCE_MS, ...own, env }, ...line);
    // Only a sign-in may open one.
    if (line.includes('login')) return running;
    // Counted before whoever waits for the process goes on, and looks at the figure.
    const ended = running.ended.then((result) => {
      figures.browserWindows += linesOf(windows).length;
      return result;
    });
    return { ...running, ended };
  };
  const run = (...line: readonly string[]) => start({}, ...line).ended;
  const prepare = (...line: readonly string[]) =>
    machine.prepareWith({ env: { MCPASS_CREDENTIALS_STORE: keep.kind, ...keep.env } }, ...line);
  await prepare('login', sandbox.url, ...words);
  sandbox.log.clear();
  onTestFinished(() => {
    figures.faults += sandbox.log.all.filter(({ fault }) => fault !== undefined).length;
  });

  const locks = join(machine.home, 'data', 'credentials');
  const directory = keep.kind === 'plain' ? locks : `${locks}-${keep.kind}`;
  const file = join(directory, readdirSync(directory).find((name) => RECORD.test(name)) ?? '');
  const record = (): SignedInRecord => {
    const read = decodeRecord(JSON.parse(readFileSync(file, 'utf8')));
    if (read.grant === undefined) throw new Error('there is no sign-in');
    return { ...read, grant: read.grant };
  };
  const rewrite: Lab['rewrite'] = (change) =>
    writeFileSync(file, JSON.stringify(encodeRecord(change(record()))));
  const retime = (leftS: number) => {
    const nowS = Math.floor(Date.now() / 1000);
    rewrite(({ grant, ...rest }) => ({
      ...rest,
      grant: { ...grant, tokens: { ...grant.tokens, obtainedAtS: nowS - 7_200, expiresAtS: nowS + leftS } },
    }));
  };
  let counted = 0;

  return {
    sandbox,
    machine,
    directory,
    locks,
    file,
    run,
    prepare,
    start,
    record,
    rewrite,
    expire() {
      retime(-10);
      sandbox.expireAccessTokens();
    },
    age: (leftS = 20) => retime(leftS),
    fault: (place, fault, times) => sandbox.fault(place, fault, times),
    refreshes() {
      const all = refreshCount(sandbox);
      const since = all - counted;
      counted = all;
      return since;
    },
    store: () => openStore({ choice: keep.kind, paths: { data: join(machine.home, 'data') }, env: keep.env }),
  };
}

export function refreshCount(sandbox: Sandbox): number {
  return sandbox.log.of('token').filter(({ form }) => form.get('grant_type') === 'refresh_token').length;
}

/** The name of the record, and so of its lock file. */
export function lockFile({ locks, file }: Lab): string {
  return join(locks, `${basename(file, '.json')}.lock`);
}

/** What is in the directory besides records: locks, drafts. */
export function leftovers({ directory }: Pick<Lab, 'directory'>): string[] {
  return readdirSync(directory).filter((name) => !name.endsWith('.json'));
}

/** All of them at once. */
export function times<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

/** Counts one expiry, and the refreshes that it took. */
export function expectOneRefresh(lab: Lab): void {
  const refreshes = lab.refreshes();
  figures.expiries += 1;
  figures.refreshes += refreshes;
  expect(refreshes).toBe(1);
}

/** Every process has ended well; the standard error of the first that has not is the message. */
export function expectSuccess(ended: readonly Ended[]): void {
  const failed = ended.find(({ code }) => code !== 0);
  expect(failed?.stderr ?? '').toBe('');
  expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
}
