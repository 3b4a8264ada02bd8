// Stands for servers that have not even that: no metadata at all, and the endpoints at the default paths of MCP
// 2025-03-26 (basic/authorization, fallbacks for servers without metadata discovery). Stack Overflow's server
// (danny-avila/LibreChat#10906; conformance auth/2025-03-26-oauth-endpoint-fallback).
import type { Profile } from '../profile.js';
import { legacy202503 } from './legacy-2025-03.js';

export const legacy202503Bare: Profile = {
  summary: 'no metadata at all; /authorize, /token and /register at the MCP origin',
  quirks: { ...legacy202503.quirks, metadataAt: [], endpointPath: '' },
};
