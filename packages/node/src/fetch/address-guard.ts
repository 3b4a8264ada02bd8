import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import {
  isPrivateAddress,
  isPrivateHost,
  parseServerUrl,
  PRIVATE_ADDRESS,
  type ServerSettings,
} from '@mcpass/auth';

/** All addresses of a name, as `dns.lookup` finds them. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true; readonly family?: number; readonly hints?: number },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

// Loaded by whoever connects, and by nobody else.
const resolveByName: Resolve = (hostname, options, callback) =>
  process.getBuiltinModule('node:dns').lookup(hostname, options, callback);

/**
 * Finds the addresses of names for connections on behalf of one server, and refuses those of the private network where that
 * server is a public one (MCP authorization, "Server-Side Request Forgery"; the engine judges names and literal addresses by
 * itself). The connection is made to the very addresses that were judged: a name that changes between the two gains nothing.
 * A server whose own name leads into the private network may lead others there as well. What it is, is decided once: its
 * name cannot become a private one later. Undefined for a server that nothing is to be refused for.
 */
export function createAddressGuard(
  { url, unsafe }: Pick<ServerSettings, 'url' | 'unsafe'>,
  resolve: Resolve = resolveByName,
): LookupFunction | undefined {
  const server = parseServerUrl(url).hostname;
  if (isPrivateHost(server)) return undefined;
  const excused = unsafe?.privateHosts ?? [];
  /** Whether the server is a private one, once that is known. */
  let isPrivate: boolean | undefined = /^[\d.]+$|^\[/.test(server) ? false : undefined;

  const judge = (
    hostname: string,
    addresses: readonly LookupAddress[],
    done: (refused: string | undefined) => void,
  ): void => {
    const inside = addresses.find(({ address }) => isPrivateAddress(address))?.address;
    if (hostname === server) isPrivate ??= addresses.every(({ address }) => isPrivateAddress(address));
    if (inside === undefined || excused.includes(hostname)) return done(undefined);
    if (isPrivate !== undefined) return done(isPrivate ? undefined : inside);
    resolve(server, { all: true }, (error, own) => {
      isPrivate ??= error === null && own.every(({ address }) => isPrivateAddress(address));
      done(isPrivate ? undefined : inside);
    });
  };

  return (hostname, options, callback) => {
    const { family, hints } = options;
    const asked = {
      all: true as const,
      ...(typeof family === 'number' && { family }),
      ...(hints !== undefined && { hints }),
    };
    resolve(hostname, asked, (error, addresses) => {
      if (error !== null) return callback(error, '');
      judge(hostname, addresses, (refused) => {
        if (refused !== undefined)
          return callback(Object.assign(new Error(refused), { code: PRIVATE_ADDRESS }), '');
        if (options.all === true) return callback(null, addresses);
        const [first] = addresses;
        callback(null, first?.address ?? '', first?.family ?? 0);
      });
    });
  };
}
