import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const box: Profile = {
  summary: 'no registration, a confidential client, refresh tokens for one use',
  facts: [
    'a code with S256 and no registration endpoint [C anthropics/claude-code#67258]',
    'the audience is the API, whatever resource says [R agentstack#1345]',
    'a refresh token is good once [D workos.com]',
  ],
  quirks: {
    ...noRegistration({ authMethod: 'client_secret_post' }),
    resource: 'ignored',
    accessTokenFormat: 'opaque',
    issAdvertised: false,
    iss: 'missing',
  },
};
