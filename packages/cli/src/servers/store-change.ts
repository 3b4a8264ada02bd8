import { didYouMean, plain } from '@mcpass/auth';
import type { Config } from '@mcpass/node/config';
import { FILE_STORE_KINDS, type FileStoreKind } from '@mcpass/node/stores';
import { describeStore, findStore, moveStore } from '@mcpass/node/transfer';
import { readConfiguration } from './configuration.js';
import { passphraseAsker } from './credential-store.js';
import { openFleetStore } from './fleet-store.js';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { facts } from '../terminal/table.js';

/** `config store`: says where credentials are kept, or moves them to the store that `word` names. */
export function changeStore(word: string, deps: Deps): Promise<ExitCode> {
  if (word === '') return showStore(deps);
  const to = FILE_STORE_KINDS.find((kind) => kind === word);
  if (to === undefined) {
    const kinds = FILE_STORE_KINDS.join(', ');
    throw usageError(`config store takes ${kinds}, not "${word}".${didYouMean(word, FILE_STORE_KINDS)}`);
  }
  return move(to, deps);
}

async function showStore(deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { config, paths } = readConfiguration(deps);
  const configured = config.credentialsStore;
  if (configured === 'postgres') {
    const { kind, description } = openFleetStore(deps);
    if (io.json) io.outJson({ store: { kind, configured } });
    else for (const line of [kind, ...facts([['stored', description]])]) io.out(line);
    return 0;
  }
  const memo = await findStore(paths);
  const kind = memo?.kind ?? (configured === 'memory' ? undefined : configured);
  if (io.json) {
    const { since, because } = memo ?? {};
    io.outJson({
      store: {
        ...(memo === undefined ? {} : { kind: memo.kind }),
        configured,
        ...(since === undefined ? {} : { since }),
        ...(because === undefined ? {} : { because }),
      },
    });
    return 0;
  }
  io.out(memo?.kind ?? configured);
  const description =
    kind === undefined ? 'the memory of each process' : describeStore(paths.data, kind, memo);
  for (const line of facts([
    ['stored', description],
    ['since', memo?.since],
  ])) {
    io.out(line);
  }
  return 0;
}

async function move(to: FileStoreKind, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { config, paths } = readConfiguration(deps);
  checkConfigured(config, to);
  const moved = await moveStore(to, { paths, env: deps.env, askPassphrase: passphraseAsker(deps) });
  if (io.json) {
    io.outJson({ ...moved });
    return 0;
  }
  io.out(
    moved.from === to
      ? `The credentials are in the ${to} store already; nothing was moved.`
      : `Moved ${moved.moved} ${moved.moved === 1 ? 'credential' : 'credentials'} to the ${to} store${moved.from === undefined ? '' : ` and deleted them from the ${moved.from} store`}.`,
  );
  for (const line of facts([['stored', describeStore(paths.data, to)]])) io.out(line);
  return 0;
}

/** A setting that names another store would contradict the move at the next command. */
function checkConfigured(config: Config, to: FileStoreKind): void {
  const { value, origin } = config.explain('credentials_store');
  if (value === 'auto' || value === to || origin === undefined) return;
  const place = plain(`${origin.place}${origin.line === undefined ? '' : `:${origin.line}`}`, 1_000);
  throw usageError(`credentials_store is ${String(value)} in ${place}.`, {
    do: 'say',
    text: `set it to ${to} there, or take it out, then run the command again`,
  });
}
