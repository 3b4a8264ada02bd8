import { parseJsonObject } from '@mcpass/auth';
import { textOf } from '../json-value.js';

/** A command line of mcp-remote (https://github.com/geelen/mcp-remote), as far as it says something about the server. */
export interface McpRemote {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `none` where it was told to send no resource. */
  readonly resource?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly scopes: readonly string[];
  /** Where a registered client is sent back to. */
  readonly callback?: { readonly host: string; readonly port?: number; readonly path: string };
  /** Tools that it hides; patterns too. */
  readonly hiddenTools: readonly string[];
  /** Flags with a file: what is in there was not read. */
  readonly unread: readonly string[];
}

const PROGRAM = /(?:^|[/\\])mcp-remote(?:@[^/\\]*)?(?:[/\\]dist[/\\]proxy\.js|\.js|\.cmd)?$/;

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

/** Reads the words of a command; `undefined` when it does not start mcp-remote. */
export function parseMcpRemote(words: readonly string[]): McpRemote | undefined {
  const program = words.findIndex((word) => PROGRAM.test(word));
  if (program === -1) return undefined;
  const { positions, options, flags } = sorted(words.slice(program + 1));
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
    unread: [info, metadata].filter((value): value is string => value?.startsWith('@') === true),
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

function headerOf(text: string): (readonly [string, string])[] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/s.exec(text) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value.trim()]];
}
