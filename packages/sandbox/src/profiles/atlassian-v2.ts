import type { Profile } from '../profile.js';

export const atlassianV2: Profile = {
  summary: 'redirect URIs with their port; resource in a refresh; old tokens live for ten minutes after one',
  facts: [
    'another port than the registered one is unauthorized_client [C atlassian/atlassian-mcp-server#246]',
    'a refresh needs resource [C anomalyco/opencode#34592]',
    'the older refresh token and the access token beside it live for ten minutes more [D community.developer.atlassian.com/t/83103]',
  ],
  quirks: {
    redirectMatch: 'exact',
    resource: 'required',
    rotation: { leewaySeconds: 600 },
    refreshRevokesAccessTokens: { afterSeconds: 600 },
  },
};
