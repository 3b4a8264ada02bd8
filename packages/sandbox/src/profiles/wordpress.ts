import type { Profile } from '../profile.js';

export const wordpress: Profile = {
  summary: 'one redirect URI; errors as {code, message, data}',
  facts: ['one bad redirect URI spoils the registration [C agent-connector-for-wp#111]'],
  quirks: {
    registrationRefuses: ['several-redirect-uris'],
    tokenErrors: 'code-message',
  },
};
