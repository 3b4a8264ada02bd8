import type { Profile } from '../profile.js';

export const awsGateway: Profile = {
  summary: 'a gateway renames WWW-Authenticate',
  facts: ['X-Amzn-Remapped-Www-Authenticate in its place [C reddit-research-mcp#16]'],
  quirks: {
    challenge: 'remapped',
  },
};
