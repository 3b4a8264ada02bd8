import type { GuardQuirks } from './guard.js';
import type { EraQuirks } from './mcp-endpoint.js';
import type { ResourceMetadataQuirks } from './resource-metadata.js';

/** Where the MCP server is, and what its origin says about the authorization server. */
export interface PlacementQuirks {
  /** Path of the MCP endpoint. */
  readonly mcpPath: string;
  /**
   * What the MCP origin answers where an authorization server's metadata would be: nothing, a 307 to the real document
   * (AuthKit), or a copy of it (servers older than RFC 9728).
   */
  readonly originMetadata: 'none' | 'redirect' | 'copy';
}

/** Everything that can be odd about an MCP server, one small behaviour each. */
export interface ResourceQuirks extends GuardQuirks, ResourceMetadataQuirks, EraQuirks, PlacementQuirks {}

/** A server with nothing odd about it: what a profile does not mention is like this. */
export const PLAIN_RESOURCE: ResourceQuirks = {
  mcpPath: '/mcp',
  originMetadata: 'none',

  protected: true,
  anonymous: [],
  scopesNeeded: {},
  tokensRefused: false,
  deadTokenAnswer: 'challenge',

  challenge: 'plain',
  challengeMetadata: true,
  unauthorizedStatus: 401,
  scopeRefusal: 'challenge',

  resourceMetadataAt: ['path'],
  resourceIdentifier: 'url',
  authorizationServers: 'issuer',
  resourceMetadataMembers: {},

  eras: 'both',
  capabilities: ['tools', 'resources', 'prompts'],
  extraTools: [],
  toolsPerPage: 0,
  serverName: 'sandbox',
  olderRevisions: ['2025-11-25', '2025-06-18', '2025-03-26'],
  sessions: false,
  answers: 'json',
  getStream: true,
  questionsOn: 'post',
  firstVersionRefused: false,
};
