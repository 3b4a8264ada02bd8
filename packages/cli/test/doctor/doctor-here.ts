import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Clock, User } from '@mcpass/auth';
import { systemClock } from '@mcpass/node/fetch';
import { loopbackUser } from '../../../auth/test/support/loopback-user.js';
import { ofThisMachine } from '../../../node/test/fixtures/this-machine.js';
import { createEvents, type Deps } from '../../src/deps.js';
import { type DoctorWish, examineServer } from '../../src/doctor/doctor.js';
import { firstFailure, type Report, rowsOf } from '../../src/doctor/report.js';
import { createIo } from '../../src/terminal/io.js';

/* A doctor in the process of a test: many can look at many servers at once, which as processes would take minutes. */

/** Time whose waits are shorter: pauses before a repetition, and of what never ends the limit. */
const faster = (times: number): Clock => ({
  now: () => systemClock.now(),
  wait: (ms, signal) => systemClock.wait(ms > 20_000 ? ms / times : ms / 10, signal),
});

export interface WishHere extends DoctorWish {
  /** Somebody will be silent: nobody waits for long. */
  readonly slow?: boolean | undefined;
}

export interface Here {
  readonly deps: Deps;
  doctor(server: string, wish?: WishHere): Promise<Report>;
}

/** A machine of its own below `root`, without a browser. With `keeps` a sign-in outlives the report that it was made for. */
export function machineHere(
  root: string,
  {
    env,
    config = '',
    keeps,
  }: {
    readonly env?: Readonly<Record<string, string>> | undefined;
    readonly config?: string;
    readonly keeps: boolean;
  },
): Here {
  const home = mkdtempSync(join(root, 'machine-'));
  writeFileSync(join(home, 'config.toml'), `credentials_store = "${keeps ? 'plain' : 'memory'}"\n${config}`);
  const all = { ...ofThisMachine(), HOME: home, MCPASS_HOME: home, ...env };
  const streams = {
    stdin: Readable.from([]),
    stdout: new PassThrough().resume(),
    stderr: new PassThrough().resume(),
  };
  const deps: Deps = {
    io: createIo({ streams, env: all, json: false, quiet: true, color: false, input: false }),
    env: all,
    globals: { overrides: [], json: false, verbosity: 0, quiet: true, input: false, color: false },
    signal: new AbortController().signal,
    events: createEvents(),
    serve: () => undefined,
    handOver: () => () => undefined,
  };
  return {
    deps,
    // Each report has its own stream of events.
    doctor: (server, { slow, ...wish } = {}) =>
      examineServer({ ...deps, events: createEvents() }, server, {
        clock: faster(slow === true ? 15 : 1),
        ...(slow === true && { patienceMs: 2_000 }),
        user: loopbackUser(() => Promise.resolve()),
        ...wish,
      }),
  };
}

/** What a person at the browser does with an address. */
export type Person = (authorizationUrl: string) => Promise<unknown>;

/** For `--login`. What goes wrong in the browser is seen there, and by nobody else. */
export function personAt(person: Person): User {
  return loopbackUser((url) => person(url).catch(() => undefined));
}

/** Where it first failed, and whose fault that is: `token server`; `nothing` where nothing failed. */
export function firstOf(report: Report): string {
  const row = firstFailure(report);
  return row === undefined ? 'nothing' : `${row.step} ${row.fault ?? ''}`;
}

/** The ids of the rows that say that something is not as it should be. */
export function remarksOf(report: Report): readonly string[] {
  return rowsOf(report).flatMap(({ id, status }) => (status === 'warn' || status === 'note' ? [id] : []));
}
