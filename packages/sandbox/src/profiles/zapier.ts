import type { Profile } from '../profile.js';

export const zapier: Profile = {
  summary: 'a secret in the URL and no sign-in; the well-known documents are bait',
  facts: [
    'a URL with a secret in it still sets off discovery in clients without a switch [R mcp-use/mcp-use#309]',
  ],
  quirks: {
    protected: false,
    mcpPath: '/api/mcp/s/a-secret-of-the-url/mcp',
  },
};
