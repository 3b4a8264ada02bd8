import { resolve, sep } from 'node:path';
import type { Config } from '@mcpass/node/config';
import type { Paths } from '@mcpass/node/paths';

/** Where `add` put away the client secret of a server; a file of the person's own is none. */
export function ownSecretFile(config: Config, name: string, { data }: Paths): string | undefined {
  const { value } = config.explain('oauth.client_secret_file', name);
  return typeof value === 'string' && resolve(value).startsWith(`${data}${sep}`) ? resolve(value) : undefined;
}
