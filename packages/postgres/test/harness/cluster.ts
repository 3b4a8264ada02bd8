import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../../node/test/fixtures/free-port.js';

/** A PostgreSQL of our own in a temporary folder. */
export interface Cluster {
  /** A new, empty database of a user who is no superuser. */
  database(): Promise<string>;
  /** The same database for who may do anything. */
  asSuperuser(url: string): string;
  /** Lets nobody but superusers into a database, as if it were away, or lets them in again. Ends who is in it. */
  admit(url: string, yes: boolean): Promise<void>;
  stop(): void;
}

/** Where Debian and others put the server's programs; undefined where there is none. */
export function findPostgres(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const folders = existsSync(versions)
    ? readdirSync(versions)
        .toSorted((a, b) => Number(b) - Number(a))
        .map((version) => join(versions, version, 'bin'))
    : [];
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

export async function startCluster(programs: string): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'mcpass-pg-'));
  const { launcher, ...account } = accountIn(directory);
  const [launch, ...launching] = launcher;
  const data = join(directory, 'data');
  const options = {
    ...account,
    cwd: directory,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: 'ignore' as const,
  };
  const create = ['-D', data, '-U', 'root', '-A', 'trust', '-N', '-E', 'UTF8'];
  execFileSync(launch, [...launching, join(programs, 'initdb'), ...create], options);
  const port = await freePort();
  const listen = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', directory, '-F'];
  const server = spawn(launch, [...launching, join(programs, 'postgres'), ...listen], options);
  let ended = false;
  server.once('exit', () => (ended = true));
  const root = (name: string) => `postgres://root@127.0.0.1:${port}/${name}`;
  const onRoot = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: root('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  // However long it takes on a busy machine.
  for (;;) {
    try {
      await onRoot('CREATE ROLE app LOGIN');
      break;
    } catch (thrown) {
      if (ended) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    async database() {
      const name = `t${randomBytes(6).toString('hex')}`;
      await onRoot(`CREATE DATABASE ${name} OWNER app`);
      return `postgres://app@127.0.0.1:${port}/${name}`;
    },
    asSuperuser: (url) => url.replace('//app@', '//root@'),
    async admit(url, yes) {
      const name = new URL(url).pathname.slice(1);
      await onRoot(`ALTER DATABASE ${name} CONNECTION LIMIT ${yes ? -1 : 0}`);
      if (!yes)
        await onRoot(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND datname = '${name}'`,
        );
    },
    stop() {
      server.once('exit', () => rmSync(directory, { recursive: true, force: true }));
      server.kill('SIGINT');
    },
  };
}

export interface Account {
  readonly uid?: number;
  readonly gid?: number;
  /** What starts a program of the server. */
  readonly launcher: readonly [string, ...string[]];
}

/**
 * PostgreSQL refuses to run as root, and asks for the name of whoever runs it. Where nobody but root may look into /etc, it
 * gets one of its own there, in a mount namespace that only it sees.
 */
export function accountIn(directory: string): Account {
  if (process.getuid?.() !== 0) return { launcher: ['/usr/bin/env'] };
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
  );
  chownSync(directory, uid, gid);
  if ((statSync('/etc').mode & 0o001) !== 0) return { uid, gid, launcher: ['/usr/bin/env'] };
  const etc = join(directory, 'etc');
  mkdirSync(etc);
  writeFileSync(join(etc, 'passwd'), `postgres:x:${uid}:${gid}::${directory}:/bin/sh\n`);
  const enter = `mount --bind '${etc}' /etc && exec setpriv --reuid ${uid} --regid ${gid} --clear-groups "$@"`;
  return { launcher: ['/usr/bin/unshare', '--mount', 'sh', '-c', enter, 'sh'] };
}
