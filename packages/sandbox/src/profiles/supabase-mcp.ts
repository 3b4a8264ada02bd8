import type { Profile } from '../profile.js';

export const supabaseMcp: Profile = {
  summary: 'closed list of parameters, token answer 201, errors as {message}, a secret that must come back',
  facts: [
    'unknown authorization parameters are refused [C supabase-community/supabase-mcp#177]',
    'a token answer is a 201 [C pocketpaw#786]',
    'an exchange without the secret of the registration is 422 with a message [C NousResearch/hermes-agent#29680]',
    'RFC 8414 metadata only [C supabase-community/supabase-mcp#374]',
    'an unknown client is a page in the browser, never a redirect [C supabase-community/supabase-mcp#355]',
  ],
  quirks: {
    metadataAt: ['rfc8414'],
    challengeError: 'invalid_request',
    authorizeRefuses: ['unknown-parameters'],
    authorizeErrors: 'page',
    secretIssued: true,
    authMethodForced: 'client_secret_post',
    tokenStatus: 201,
    tokenErrors: 'message',
    issAdvertised: false,
    iss: 'missing',
  },
};
