import type { AuthorizationQuirks } from './authorization/authorization-quirks.js';
import type { ResourceQuirks } from './resource/resource-quirks.js';

/** Where the two servers live. */
export interface PlaceQuirks {
  /** The authorization server shares the MCP server's origin instead of having its own. */
  readonly sameOrigin: boolean;
}

/** Every behaviour that a profile, or a test, can choose. */
export interface Quirks extends AuthorizationQuirks, ResourceQuirks, PlaceQuirks {}

/** A provider in the small: a name, and the quirks that set it apart. */
export interface Profile {
  /** What it stands for, in one line. */
  readonly summary: string;
  readonly quirks: Partial<Quirks>;
  /** The commands that show it, where a plain `mcpass login URL` is not enough. */
  readonly commands?: (addresses: {
    readonly url: string;
    readonly clientDocumentUrl: string;
    readonly clientKeyUrl: string;
    readonly workloadTokenUrl: string;
  }) => readonly string[];
}
