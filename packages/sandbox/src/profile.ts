import type { AuthorizationQuirks } from './authorization/authorization-quirks.js';
import type { Fault, FaultPlace } from './http/fault.js';
import type { ResourceQuirks } from './resource/resource-quirks.js';

/** Where the two servers live, and what is between them and the client. */
export interface PlaceQuirks {
  /** The authorization server shares the MCP server's origin instead of having its own. */
  readonly sameOrigin: boolean;
  /** Whose origin the issuer has: that of the endpoints, or the MCP server's, whose endpoints are then elsewhere (Slack). */
  readonly issuerAt: 'endpoints' | 'mcp-origin';
  /** Faults that are played on every request to a place. */
  readonly faults: Readonly<Partial<Record<FaultPlace, Fault>>>;
}

/** Every behaviour that a profile, or a test, can choose. */
export interface Quirks extends AuthorizationQuirks, ResourceQuirks, PlaceQuirks {}

/** A provider in the small: a name, and the quirks that set it apart. */
export interface Profile {
  /** What it stands for, in one line: the behaviour, since a provider may have changed. */
  readonly summary: string;
  /**
   * What has been seen, a fact each, ending with its mark and source: `[C openai/codex#20503]`. The marks: `C` captured on
   * the wire, `D` documented, `R` reported, `I` inferred. Nobody asked the live provider, and providers change.
   */
  readonly facts: readonly string[];
  readonly quirks: Partial<Quirks>;
}

/** One behaviour with a name of its own: `--quirk NAME`, on top of any profile. */
export interface NamedQuirk {
  /** What the servers then do, in one line. */
  readonly summary: string;
  readonly quirks: Partial<Quirks>;
}

/** What a profile does not mention is like this. */
export const PLAIN_PLACE: PlaceQuirks = { sameOrigin: false, issuerAt: 'endpoints', faults: {} };

/** Lists grow and tables are filled up; of anything else the later one counts. */
export function combine(...parts: readonly Partial<Quirks>[]): Partial<Quirks> {
  const combined: Record<string, unknown> = {};
  for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
    const earlier = combined[name];
    if (ADDITIVE.has(name) && Array.isArray(earlier) && Array.isArray(value)) {
      combined[name] = [...earlier, ...(value as unknown[])];
    } else if (isTable(earlier) && isTable(value)) combined[name] = { ...earlier, ...value };
    else combined[name] = value;
  }
  return combined;
}

/** Lists of rules. Other lists say where something is or what is on offer: there the later one replaces. */
const ADDITIVE: ReadonlySet<string> = new Set<keyof Quirks>([
  'registrationRefuses',
  'authorizeRefuses',
  'tokenShapes',
  'scopeDecoys',
  'extraTools',
]);

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
