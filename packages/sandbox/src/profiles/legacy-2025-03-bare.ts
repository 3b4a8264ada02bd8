import type { Profile } from '../profile.js';
import { legacy202503 } from './legacy-2025-03.js';

export const legacy202503Bare: Profile = {
  summary: 'no metadata at all; /authorize, /token and /register at the MCP origin',
  facts: [
    "Stack Overflow's server challenges with the one word Bearer and has its endpoints at the default paths [C danny-avila/LibreChat#10906]",
  ],
  quirks: {
    ...legacy202503.quirks,
    metadataAt: [],
    endpointPath: '',
  },
};
