import type { Profile } from '../profile.js';

export const ubersuggest: Profile = {
  summary: 'a missing state is a 200 with an error in its body',
  facts: ['{"error":"missing_state"} with status 200 [C apify/mcpc#214]'],
  quirks: {
    authorizeRefuses: ['no-state'],
    authorizeErrors: 'page',
  },
};
