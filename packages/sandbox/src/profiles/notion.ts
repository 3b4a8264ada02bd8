import type { Profile } from '../profile.js';

export const notion: Profile = {
  summary:
    'a refresh ends the access tokens before it; a replayed refresh token ends the grant; the method must be stated',
  facts: [
    'without token_endpoint_auth_method in the registration the exchange fails [C onyx-dot-app/onyx#12874]',
    'at most two refresh tokens are good; a replay revokes the grant [C local-operator#345]',
    'a refresh ends earlier access tokens [D developers.notion.com]',
    'access tokens of an hour, later of eight [R paperclip#11030]',
  ],
  quirks: {
    registrationRefuses: ['no-auth-method'],
    authMethods: ['none'],
    rotation: 'previous-valid',
    refreshRevokesAccessTokens: true,
    wording: { 'refresh token reused, grant revoked': { description: 'OAuth grant revoked' } },
  },
};
