/**
 * How a challenge is written.
 *
 * - `plain`: one `Bearer` challenge, as RFC 6750 section 3 has it
 * - `none`: no header at all
 * - `several-schemes`: other schemes in front of it, in the same header
 * - `several-headers`: the same in headers of their own
 * - `odd-case`: scheme and names in odd cases, values unquoted where the grammar allows it
 * - `quoted-commas`: commas, equals signs and escaped quotes inside a quoted value before the useful parameters
 * - `wrong-name`: `resource_metadata_uri` (seen in the wild)
 * - `url-only`: the metadata URL without any parameter name (HubSpot)
 * - `remapped`: `X-Amzn-Remapped-WWW-Authenticate` (AWS API Gateway)
 */
export type ChallengeStyle =
  | 'plain'
  | 'none'
  | 'several-schemes'
  | 'several-headers'
  | 'odd-case'
  | 'quoted-commas'
  | 'wrong-name'
  | 'url-only'
  | 'remapped';

/** What a 401 or 403 says. */
export interface ChallengeQuirks {
  readonly challenge: ChallengeStyle;
  /** Whether the challenge names the metadata document. */
  readonly challengeMetadata: boolean;
  /** The `scope` of a 401; undefined: none, unless the operation needs one. */
  readonly challengeScope?: string | undefined;
  /** Sends this `error` even where no token was sent (GitHub: `invalid_request`). */
  readonly challengeError?: string | undefined;
  /** The status of a refusal for want of a token. */
  readonly unauthorizedStatus: 401 | 403 | 404;
  /** A 403 for want of scope: with its challenge, or without a word. */
  readonly scopeRefusal: 'challenge' | 'bare';
}

/** The parameters of one challenge; undefined ones are left out. */
export type ChallengeParameters = Readonly<Record<string, string | undefined>>;

/** A header line. A list of lines rather than `Headers`, which joins what is sent twice. */
export type HeaderLine = readonly [name: string, value: string];

/** The header lines of a challenge. */
export function challengeLines(
  parameters: ChallengeParameters,
  style: ChallengeStyle,
  scheme: 'Bearer' | 'DPoP' = 'Bearer',
): HeaderLine[] {
  const present = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  if (scheme === 'DPoP' && style === 'plain') return [[HEADER, challenge(scheme, present)]];
  return STYLES[style](present);
}

type Present = readonly (readonly [string, string])[];

const HEADER = 'WWW-Authenticate';
const OTHERS = ['Negotiate', 'Basic realm="staff, only"', 'DPoP algs="ES256 EdDSA"'];

const STYLES: Record<ChallengeStyle, (parameters: Present) => HeaderLine[]> = {
  plain: (parameters) => [[HEADER, bearer(parameters)]],
  none: () => [],
  'several-schemes': (parameters) => [[HEADER, [...OTHERS, bearer(parameters)].join(', ')]],
  'several-headers': (parameters) =>
    [...OTHERS, bearer(parameters)].map((value): HeaderLine => [HEADER, value]),
  'odd-case': (parameters) => [
    [
      HEADER,
      `bEARER ${parameters.map(([name, value]) => `${name.toUpperCase()} = ${unquoted(value)}`).join(' , ')}`,
    ],
  ],
  'quoted-commas': (parameters) => [
    [
      HEADER,
      bearer([['realm', 'a, b="c", scope="decoy" resource_metadata="https://decoy.test"'], ...parameters]),
    ],
  ],
  'wrong-name': (parameters) => [
    [
      HEADER,
      bearer(parameters.map(([name, value]) => [name.replace(/^resource_metadata$/, '$&_uri'), value])),
    ],
  ],
  'url-only': (parameters) => [
    [HEADER, `Bearer ${parameters.find(([name]) => name === 'resource_metadata')?.[1] ?? ''}`],
  ],
  remapped: (parameters) => [[`X-Amzn-Remapped-${HEADER}`, bearer(parameters)]],
};

function bearer(parameters: Present): string {
  return challenge('Bearer', parameters);
}

function challenge(scheme: string, parameters: Present): string {
  return [scheme, parameters.map(([name, value]) => `${name}=${quoted(value)}`).join(', ')].join(' ').trim();
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 9110 section 5.6.2: a token needs no quotes. */
function unquoted(value: string): string {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(value) ? value : quoted(value);
}
