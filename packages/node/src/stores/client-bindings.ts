import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BoundClient, ClientBinding, ClientBindings, Store } from '@mcpass/auth';
import type { Paths } from '../paths.js';
import { checkPrivateDirectory, makePrivateDirectory } from './files/private-directory.js';
import { readSmallFile, writeSmallFile } from './files/small-file.js';
import { createFileLock } from './lock/lock-file.js';
import { unreadable } from './store-error.js';
import { bindingDirectory } from './store-places.js';

const VERSION = 1;

/**
 * Which authorization server each client that somebody brought belongs to. Beside a store of credentials that keeps nothing,
 * nothing is noted for longer either; what was noted before counts all the same.
 */
export function createClientBindings(paths: Pick<Paths, 'data'>, kind: Store['kind']): ClientBindings {
  const noted = createNotedBindings(paths);
  if (kind !== 'memory') return noted;
  const own = new Map<string, ClientBinding>();
  const read = async (client: BoundClient) => own.get(nameOf(client)) ?? (await noted.read(client));
  return {
    read,
    async replace(client, binding) {
      own.set(nameOf(client), binding);
    },
    async bind(client, wished) {
      // Of several callers that come at once one is first.
      const before = (await read(client)) ?? own.get(nameOf(client));
      if (before === undefined) own.set(nameOf(client), wished);
      return before ?? wished;
    },
  };
}

function nameOf({ server, id }: BoundClient): string {
  return createHash('sha256').update(`${server}\n${id}`).digest('hex');
}

/**
 * A small file each, beside the credentials and apart from them, so that it outlives a logout. No secret is in it, nor
 * anything made of one.
 */
function createNotedBindings({ data }: Pick<Paths, 'data'>): ClientBindings {
  const directory = bindingDirectory(data);
  const lock = createFileLock({ directory });
  const fileOf = (client: BoundClient) => join(directory, `${nameOf(client)}.json`);

  async function read(client: BoundClient): Promise<ClientBinding | undefined> {
    if (!(await checkPrivateDirectory(directory))) return undefined;
    const path = fileOf(client);
    // What cannot be read is never taken for nothing: the client might go anywhere.
    const damaged = () =>
      unreadable(path, 'it does not say which authorization server its client belongs to', {
        remedy: `delete ${path} if you know where the client belongs, then sign in again`,
      });
    const json = readSmallFile({ path, version: VERSION, damaged });
    if (json === undefined) return undefined;
    const { issuer, tokenOrigin, server, client: id } = json;
    const isWhole = typeof issuer === 'string' && typeof tokenOrigin === 'string';
    if (!isWhole || server !== client.server || id !== client.id) throw damaged();
    return { issuer, tokenOrigin };
  }

  const write = ({ server, id }: BoundClient, binding: ClientBinding) =>
    writeSmallFile(fileOf({ server, id }), { version: VERSION, server, client: id, ...binding });

  /** Of several processes that come at once one is first. */
  async function alone<T>(client: BoundClient, work: () => Promise<T>): Promise<T> {
    await makePrivateDirectory(directory);
    return lock.run(nameOf(client), work);
  }

  return {
    read,
    replace: (client, binding) => alone(client, () => write(client, binding)),

    async bind(client, wished) {
      const before = await read(client);
      if (before !== undefined) return before;
      return alone(client, async () => {
        const first = await read(client);
        if (first !== undefined) return first;
        await write(client, wished);
        return wished;
      });
    },
  };
}
