import type { Values } from './host.js';
import { programName } from './started-programs.js';
import type { StdioProxy } from './stdio-proxy.js';

/** Options of one word; all others but the headers have one value. */
const FLAGS = /^--(?:no-)?(?:debug|pass-environment|stateless|verify-ssl|version)$/;

/** A command line of mcp-proxy (https://github.com/sparfenyuk/mcp-proxy) that relays a remote server to a host. */
export function parseMcpProxy(
  [program = '', ...args]: readonly string[],
  variables: Values,
): StdioProxy | undefined {
  if (programName(program) !== 'mcp-proxy') return undefined;
  const headers: Record<string, string> = {};
  const leftOut: string[] = [];
  let place: string | undefined;
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (word === '-H' || word === '--headers') {
      headers[args[index + 1] ?? ''] = args[index + 2] ?? '';
      index += 2;
    } else if (/^--(?:client-id|client-secret|token-url)(?:=|$)/.test(word)) {
      leftOut.push(`its ${word.replace(/=.*$/s, '')}: mcpass signs in with authorization codes`);
      if (!word.includes('=')) index += 1;
    } else if (word.startsWith('-')) {
      if (!FLAGS.test(word) && !word.includes('=')) index += 1;
    } else place ??= word;
  }
  // Its own variables: an address where none is an argument, and a token.
  const url = place ?? variables['SSE_URL'];
  if (typeof url !== 'string' || !/^(?:https?:|\$\{)/i.test(url)) return undefined;
  if (variables['API_ACCESS_TOKEN'] !== undefined) headers['Authorization'] = 'Bearer ${API_ACCESS_TOKEN}';
  return { url, headers, leftOut };
}
