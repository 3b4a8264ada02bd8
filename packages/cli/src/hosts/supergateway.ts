import { headerOf } from './mcp-remote.js';
import { programName } from './started-programs.js';
import type { StdioProxy } from './stdio-proxy.js';

/** A command line of supergateway (https://github.com/supercorp-ai/supergateway) that relays a remote server to a host. */
export function parseSupergateway([program = '', ...args]: readonly string[]): StdioProxy | undefined {
  if (programName(program) !== 'supergateway') return undefined;
  const values = (...names: readonly string[]) =>
    args.flatMap((word, index) => {
      const [, name = word, inline] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
      return names.includes(name) ? [inline ?? args[index + 1] ?? ''] : [];
    });
  const [output = 'stdio'] = values('--outputTransport', '--output-transport');
  const [url] = values('--streamableHttp', '--streamable-http', '--sse');
  if (url === undefined || output !== 'stdio') return undefined;
  const token = values('--oauth2Bearer', '--oauth2-bearer').at(-1);
  return {
    url,
    headers: {
      ...Object.fromEntries(values('--header').flatMap(headerOf)),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
  };
}
