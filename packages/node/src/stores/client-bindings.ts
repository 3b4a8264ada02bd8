import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BoundClient, type ClientBinding, type ClientBindings, parseJsonObject } from '@mcpass/auth';
import type { Paths } from '../paths.js';
import { randomHex } from '../random.js';
import { openDraft } from './files/draft.js';
import { errnoOf, errnoWords } from './files/errno.js';
import { checkPrivateDirectory, makePrivateDirectory } from './files/private-directory.js';
import { unreadable, unwritable } from './store-error.js';

/**
 * Which authorization server each client that somebody brought belongs to: a small file each, beside the credentials and
 * apart from them, so that it outlives a logout. No secret is in it, nor anything made of one.
 */
export function createClientBindings({ data }: Pick<Paths, 'data'>): ClientBindings {
  const directory = join(data, 'clients');
  const fileOf = ({ server, id }: BoundClient): string =>
    join(directory, `${createHash('sha256').update(`${server}\n${id}`).digest('hex')}.json`);

  async function read(client: BoundClient): Promise<ClientBinding | undefined> {
    if (!(await checkPrivateDirectory(directory))) return undefined;
    const file = fileOf(client);
    let text: string;
    try {
      text = await readFile(file, {
        encoding: 'utf8',
        flag: constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0),
      });
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return undefined;
      throw unreadable(file, errnoWords(thrown), { cause: thrown });
    }
    const { issuer, tokenOrigin, server, client: id } = parseJsonObject(text) ?? {};
    // What cannot be read is never taken for nothing: the client might go anywhere.
    if (
      typeof issuer !== 'string' ||
      typeof tokenOrigin !== 'string' ||
      server !== client.server ||
      id !== client.id
    ) {
      throw unreadable(file, 'it does not say which authorization server its client belongs to', {
        remedy: `delete ${file} if you know where the client belongs, then sign in again`,
      });
    }
    return { issuer, tokenOrigin };
  }

  const textOf = ({ server, id }: BoundClient, binding: ClientBinding): string =>
    `${JSON.stringify({ version: 1, server, client: id, ...binding }, undefined, 2)}\n`;

  return {
    read,

    async replace(client, binding) {
      const file = fileOf(client);
      await makePrivateDirectory(directory);
      try {
        const draft = await openDraft(file, { mode: 0o600 });
        await draft.commit(textOf(client, binding));
      } catch (thrown) {
        throw unwritable(file, thrown);
      }
    },

    async bind(client, wished) {
      const before = await read(client);
      if (before !== undefined) return before;
      const file = fileOf(client);
      await makePrivateDirectory(directory);
      const own = `${file}.${randomHex(6)}`;
      try {
        await writeFile(own, textOf(client, wished), { flag: 'wx', mode: 0o600, flush: true });
        // Of several processes that come at once one is first: a link replaces nothing.
        await link(own, file);
        return wished;
      } catch (thrown) {
        if (errnoOf(thrown) !== 'EEXIST') throw unwritable(file, thrown);
      } finally {
        await unlink(own).catch(() => undefined);
      }
      return (await read(client)) ?? wished;
    },
  };
}
