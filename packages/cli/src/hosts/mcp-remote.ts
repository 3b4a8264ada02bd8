import { parseJsonObject, plain } from '@mcpass/auth';
import { textOf } from '../json-value.js';
import { programName } from './started-programs.js';
import type { StdioProxy } from './stdio-proxy.js';

const PROGRAMS: ReadonlySet<string> = new Set(['mcp-remote', 'mcp-remote-client']);

const WITH_VALUE = new Set([
  '--auth-timeout',
  '--callback-path',
  '--header',
  '--host',
  '--ignore-tool',
  '--resource',
  '--static-oauth-client-info',
  '--static-oauth-client-metadata',
  '--transport',
]);

/** A command line of mcp-remote (https://github.com/geelen/mcp-remote). */
export function parseMcpRemote([program = '', ...args]: readonly string[]): StdioProxy | undefined {
  if (!PROGRAMS.has(programName(program))) return undefined;
  const { positions, options, flags } = sorted(args);
  const [url, port] = positions;
  if (url === undefined) return undefined;
  const all = (name: string) => options.filter((option) => option.name === name).map(({ value }) => value);
  const last = (name: string) => all(name).at(-1);

  const info = last('--static-oauth-client-info');
  const metadata = last('--static-oauth-client-metadata');
  const client = parseJsonObject(info ?? '') ?? {};
  const clientId = textOf(client['client_id']);
  const clientSecret = textOf(client['client_secret']);
  const resource = flags.has('--disable-resource-parameter') ? 'none' : last('--resource');
  return {
    url,
    headers: Object.fromEntries(all('--header').flatMap(headerOf)),
    ...(resource !== undefined && { resource }),
    ...(clientId !== undefined && {
      clientId,
      callback: {
        host: last('--host') ?? 'localhost',
        path: last('--callback-path') ?? '/oauth/callback',
        ...(port !== undefined && /^\d+$/.test(port) && { port: Number(port) }),
      },
    }),
    ...(clientSecret !== undefined && { clientSecret }),
    scopes: (textOf(parseJsonObject(metadata ?? '')?.['scope']) ?? '')
      .split(/\s+/)
      .filter((scope) => scope !== ''),
    hiddenTools: all('--ignore-tool'),
    leftOut: [info, metadata].flatMap((value) =>
      value?.startsWith('@') === true
        ? [`what is in ${plain(value.slice(1), 200)}: see oauth.client_id and scopes`]
        : [],
    ),
  };
}

interface Sorted {
  readonly positions: readonly string[];
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly flags: ReadonlySet<string>;
}

function sorted(words: readonly string[]): Sorted {
  const positions: string[] = [];
  const options: { name: string; value: string }[] = [];
  const flags = new Set<string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (WITH_VALUE.has(word)) {
      index += 1;
      options.push({ name: word, value: words[index] ?? '' });
    } else if (word.startsWith('--')) flags.add(word);
    else positions.push(word);
  }
  return { positions, options, flags };
}

/** The name and the value of a header that stands in one word. */
export function headerOf(text: string): (readonly [string, string])[] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/s.exec(text) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value.trim()]];
}
