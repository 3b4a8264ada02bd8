import { readScopes } from './scope.js';

/* WWW-Authenticate, read by its grammar (RFC 9110 sections 11.2 to 11.6.1), never by searching for words in it. */

export interface AuthChallenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case; of a repeated name the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What an MCP server says when it wants a (better) token: RFC 6750 section 3 and RFC 9728 section 5.1. */
export interface Challenge {
  readonly resourceMetadata?: string;
  readonly scopes?: readonly string[];
  /** Some of what stood there was no scope, and was left out. */
  readonly scopesIgnored?: boolean;
  readonly error?: string;
  readonly errorDescription?: string;
  /** Tokens that are bound to a key are wanted (RFC 9449 section 7.1), or others will do as well. */
  readonly dpop?: 'only' | 'too';
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const SPACE = /[ \t]*/y;
const SEPARATORS = /[ \t,]*/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"?/sy;
/** Some servers forget the quotes round a URL; what a list cannot contain ends it. */
const UNQUOTED = /[^\s,"]*/y;

class Reader {
  at = 0;
  readonly #input: string;

  constructor(input: string) {
    this.#input = input;
  }

  get ended(): boolean {
    return this.at >= this.#input.length;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#input);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match;
  }

  takeText(text: string): boolean {
    if (!this.#input.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }
}

/** All challenges of a WWW-Authenticate value; several headers arrive joined by commas. What is malformed is skipped. */
export function parseChallenges(header: string): readonly AuthChallenge[] {
  const reader = new Reader(header.slice(0, 16_384));
  const challenges: AuthChallenge[] = [];
  for (;;) {
    reader.take(SEPARATORS);
    if (reader.ended) return challenges;
    const scheme = reader.take(TOKEN);
    if (scheme === undefined) {
      // A quotation where none belongs is skipped as a whole: the words in it are no challenge.
      if (reader.take(QUOTED) === undefined) reader.at += 1;
      continue;
    }
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters: readParameters(reader) });
  }
}

function readParameters(reader: Reader): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  reader.take(SPACE);
  if (reader.take(TOKEN68) !== undefined) return parameters;
  for (;;) {
    const start = reader.at;
    reader.take(SEPARATORS);
    const parameter = readParameter(reader);
    if (parameter === undefined) {
      // A name without a value begins the next challenge.
      reader.at = start;
      return parameters;
    }
    if (!parameters.has(parameter.name)) parameters.set(parameter.name, parameter.value);
  }
}

function readParameter(reader: Reader): { name: string; value: string } | undefined {
  const name = reader.take(TOKEN);
  if (name === undefined) return undefined;
  reader.take(SPACE);
  if (!reader.takeText('=')) return undefined;
  reader.take(SPACE);
  const quoted = reader.take(QUOTED);
  const value =
    quoted === undefined ? (reader.take(UNQUOTED)?.[0] ?? '') : (quoted[1] ?? '').replace(/\\(.)/gs, '$1');
  return { name: name[0].toLowerCase(), value };
}

/** What an answer has in its WWW-Authenticate; a gateway in front of some servers renames the header. */
export function challengeHeader(headers: Headers): string | undefined {
  return headers.get('www-authenticate') ?? headers.get('x-amzn-remapped-www-authenticate') ?? undefined;
}

/**
 * The challenge of an answer that concerns us: Bearer (or DPoP, which carries the same parameters, RFC 9449 section
 * 7.1), whatever other schemes stand before it. `undefined` when there is none.
 */
export function challengeOf(headers: Headers): Challenge | undefined {
  const ours = parseChallenges(challengeHeader(headers) ?? '').filter(
    ({ scheme }) => scheme === 'bearer' || scheme === 'dpop',
  );
  if (ours.length === 0) return undefined;
  const parameter = (name: string) =>
    ours.map(({ parameters }) => parameters.get(name)).find((value) => value !== undefined && value !== '');
  const resourceMetadata = parameter('resource_metadata');
  const scope = parameter('scope');
  const scopes = scope === undefined ? undefined : readScopes(scope);
  const error = parameter('error');
  const errorDescription = parameter('error_description');
  const schemes = new Set(ours.map(({ scheme }) => scheme));
  return {
    ...(resourceMetadata !== undefined && { resourceMetadata }),
    ...(scopes !== undefined && { scopes: scopes.scopes }),
    ...(scopes?.ignored === true && { scopesIgnored: true }),
    ...(error !== undefined && { error }),
    ...(errorDescription !== undefined && { errorDescription }),
    ...(schemes.has('dpop') && { dpop: schemes.has('bearer') ? 'too' : 'only' }),
  };
}
