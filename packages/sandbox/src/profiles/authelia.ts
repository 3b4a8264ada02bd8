import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const authelia: Profile = {
  summary: 'no registration; offline_access is refused unless the client is configured for it',
  facts: ['offline_access that was not configured is invalid_scope [C anthropics/claude-code#41610]'],
  quirks: {
    ...noRegistration(),
    serverScopes: ['openid', 'profile', 'email', 'offline_access'],
    grantableScopes: ['openid', 'profile', 'email'],
    resourceScopes: ['openid'],
  },
};
