import type { Values } from './host.js';
import { parseMcpProxy } from './mcp-proxy.js';
import { parseMcpRemote } from './mcp-remote.js';
import type { StartedProgram } from './started-programs.js';
import type { StdioProxy } from './stdio-proxy.js';
import { parseSupergateway } from './supergateway.js';

/** Reads a command; `undefined` when it does not start such a program. */
type ParseProxy = (words: readonly string[], variables: Values) => StdioProxy | undefined;

const PARSERS: readonly ParseProxy[] = [parseMcpRemote, parseSupergateway, parseMcpProxy];

/** The first of these programs that relays, and what is set for it. */
export function findProxy(
  programs: readonly StartedProgram[],
): { readonly proxy: StdioProxy; readonly variables: Values } | undefined {
  for (const { words, variables } of programs) {
    for (const parse of PARSERS) {
      const proxy = parse(words, variables);
      if (proxy !== undefined) return { proxy, variables };
    }
  }
  return undefined;
}
