import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../node/test/fixtures/free-port.js';
import { accountIn } from './cluster.js';

/** A PgBouncer of our own in front of a cluster, in transaction mode. */
export interface Pooler {
  /** The address of a database by way of it. */
  through(url: string): string;
  stop(): void;
}

/** Undefined where there is none. */
export function findPooler(): string | undefined {
  return ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((file) => existsSync(file));
}

export async function startPooler(program: string, url: string): Promise<Pooler> {
  const directory = mkdtempSync(join(tmpdir(), 'mcpass-pooler-'));
  const { launcher, ...account } = accountIn(directory);
  const [launch, ...launching] = launcher;
  const port = await freePort();
  const { hostname, port: behind } = new URL(url);
  writeFileSync(join(directory, 'users'), '"app" ""\n');
  writeFileSync(
    join(directory, 'pgbouncer.ini'),
    [
      '[databases]',
      `* = host=${hostname} port=${behind}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${join(directory, 'users')}`,
      'pool_mode = transaction',
      'default_pool_size = 8',
      '',
    ].join('\n'),
  );
  const server = spawn(launch, [...launching, program, join(directory, 'pgbouncer.ini')], {
    ...account,
    cwd: directory,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: 'ignore',
  });
  let ended = false;
  server.once('exit', () => (ended = true));
  // However long it takes on a busy machine.
  while (!(await isListening(port))) {
    if (ended) throw new Error('PgBouncer has ended');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    through(address) {
      const pooled = new URL(address);
      pooled.port = String(port);
      return pooled.href;
    },
    stop() {
      server.once('exit', () => rmSync(directory, { recursive: true, force: true }));
      server.kill('SIGTERM');
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
