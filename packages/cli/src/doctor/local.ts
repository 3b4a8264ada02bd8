import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMcpassError, plain } from '@mcpass/auth';
import type { Config } from '@mcpass/node/config';
import { proxyVariables } from '@mcpass/node/fetch';
import type { Paths } from '@mcpass/node/paths';
import { type Deps, silent } from '../deps.js';
import { locatePaths, rereadConfiguration } from '../servers/configuration.js';
import { openCredentialStore } from '../servers/credential-store.js';
import { findPerson } from '../sign-in/person.js';
import { VERSION } from '../version.js';
import { failedRow, type Row, type RowContext } from './row.js';

/* What this machine brings: nothing here asks a server. */

export async function machineRows(deps: Deps, context: RowContext): Promise<readonly Row[]> {
  const rows = [nodeRow()];
  const { config, row } = configRow(deps, context);
  rows.push(row, ...warningRows(config));
  if (config !== undefined) rows.push(await storeRow(deps, config, locatePaths(deps), context));
  rows.push(clockRow(Date.now()), proxyRow(deps), ...certificateRows(deps), personRow(deps));
  return rows;
}

function nodeRow(): Row {
  const system = `${process.platform} ${process.arch}`;
  const message = `mcpass ${VERSION} on Node ${process.version}, ${system}`;
  return { id: 'node', step: 'config', status: 'ok', message };
}

function configRow(deps: Deps, context: RowContext): { readonly config?: Config; readonly row: Row } {
  try {
    const { config } = rereadConfiguration(deps);
    const files = config.files.filter(({ exists }) => exists).map(({ path }) => plain(path, 500));
    const count = config.servers().length;
    const servers = count === 1 ? '1 server' : `${count} servers`;
    const message =
      files.length === 0
        ? `there is no configuration yet (${plain(locatePaths(deps).configFile, 500)})`
        : `${files.join(' and ')}: ${servers}`;
    return { config, row: { id: 'config', step: 'config', status: 'ok', message } };
  } catch (thrown) {
    return { row: failedRow('config', thrown, context) };
  }
}

function warningRows(config: Config | undefined): Row[] {
  return (config?.warnings ?? []).map(({ message }, index) => ({
    id: `config.${index + 1}`,
    step: 'config',
    status: 'warn',
    message: plain(message, 1_000),
    fault: 'yours',
    fix: 'mcpass config edit',
  }));
}

/** A round trip: the lock is taken, a file is made and taken away. Where nothing was ever kept, nothing is made. */
async function storeRow(deps: Deps, config: Config, paths: Paths, context: RowContext): Promise<Row> {
  const began = performance.now();
  const row = (status: Row['status'], message: string): Row => {
    const ms = Math.round(performance.now() - began);
    return { id: 'store', step: 'store', status, message: plain(message, 1_000), ms };
  };
  try {
    if (config.credentialsStore === 'memory')
      return row('note', 'the memory of a process: every command begins without a sign-in');
    if (!existsSync(paths.data)) {
      const parent = existingParent(paths.data);
      accessSync(parent, constants.W_OK | constants.X_OK);
      return row('ok', `nothing is kept yet; ${paths.data} can be made`);
    }
    const store = openCredentialStore(silent(deps), config, paths);
    try {
      await store.probe();
    } catch (thrown) {
      // Nobody types it twice: whoever opens the sign-in asks for it.
      if (
        store.kind === 'passphrase' &&
        deps.io.canAsk &&
        isMcpassError(thrown) &&
        thrown.code === 'store_unreadable'
      )
        return row('note', `${store.description}: the passphrase is asked for when it is needed`);
      throw thrown;
    }
    return row('ok', `${store.description}: locked, written, and taken away again`);
  } catch (thrown) {
    const { message, fix, ...failed } = failedRow('store', thrown, context);
    // A failure of the system itself is about the store, too.
    const system = failed.step !== 'store';
    return {
      ...failed,
      message,
      step: 'store',
      ...(system ? { code: 'store_unwritable', fault: 'yours' } : {}),
      fix: system ? `make ${plain(existingParent(paths.data), 500)} writable for you` : (fix ?? ''),
    };
  }
}

function existingParent(path: string): string {
  for (let at = path; ; at = dirname(at)) if (existsSync(at) || dirname(at) === at) return at;
}

/** No earlier than this was written: a clock that says otherwise makes every expiry nonsense. */
const WRITTEN_MS = Date.UTC(2026, 0, 1);

function clockRow(nowMs: number): Row {
  const now = `it is ${new Date(nowMs).toISOString()}`;
  if (nowMs > WRITTEN_MS) return { id: 'clock', step: 'clock', status: 'ok', message: now };
  return {
    id: 'clock',
    step: 'clock',
    status: 'fail',
    message: `by the clock of this machine ${now}, which cannot be: tokens and certificates are judged by it`,
    fault: 'yours',
    fix: 'set the clock of this machine (timedatectl set-ntp true)',
    code: 'internal',
  };
}

function proxyRow({ env }: Deps): Row {
  const named = proxyVariables(env);
  const message =
    named.length === 0
      ? 'no proxy is named in the environment'
      : named.map(({ name, value }) => `${name} is ${plain(value, 200)}`).join('; ');
  return { id: 'proxy', step: 'connect', status: 'ok', message };
}

function certificateRows({ env }: Deps): readonly Row[] {
  const base = { id: 'certificates', step: 'tls' } as const;
  const named = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => {
    const file = env[name] ?? '';
    if (file === '') return [];
    return [{ name, file, there: statSync(file, { throwIfNoEntry: false })?.isFile() === true }];
  });
  const there = named.filter((one) => one.there).map(({ name, file }) => `${name} is ${plain(file, 500)}`);
  const rows: Row[] = named
    .filter((one) => !one.there)
    .map(({ name, file }) => ({
      id: 'certificates',
      step: 'tls',
      status: 'warn',
      message: `${name} is ${plain(file, 500)}, which is no file: it counts for nothing`,
      fault: 'yours',
      fix: `name a file with certificates in PEM in ${name}, or unset it`,
    }));
  if (there.length > 0)
    rows.unshift({ ...base, status: 'ok', message: `besides those of Node: ${there.join('; ')}` });
  else if (rows.length === 0)
    rows.push({ ...base, status: 'ok', message: 'the authorities that came with Node; none besides' });
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return rows;
  return [
    ...rows,
    {
      id: 'certificates.off',
      step: 'tls',
      status: 'warn',
      message:
        'NODE_TLS_REJECT_UNAUTHORIZED is 0: no certificate is checked, and anybody on the way can read tokens',
      fault: 'yours',
      fix: 'unset NODE_TLS_REJECT_UNAUTHORIZED; a private authority goes into NODE_EXTRA_CA_CERTS',
    },
  ];
}

/** Whether a sign-in could be made here: a note and no failure, because all else can be done without. */
function personRow(deps: Deps): Row {
  const { obstacle } = findPerson(silent(deps));
  const base = { id: 'person', step: 'authorization' } as const;
  return obstacle === undefined
    ? { ...base, status: 'ok', message: 'somebody can answer a sign-in here' }
    : { ...base, status: 'note', message: obstacle.message };
}
