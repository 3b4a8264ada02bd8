import type { Profile } from '../profile.js';

export const figma: Profile = {
  summary: 'registration is for approved names; others get 403 and the word Forbidden labelled as JSON',
  facts: [
    'an unknown client_name is a 403 whose body is no JSON [C apify/mcpc#297]',
    'names of well-known clients pass [R NousResearch/hermes-agent#73141]',
    'the scope mcp:connect [C can1357/oh-my-pi#4307]',
  ],
  quirks: {
    approvedNames: ['An approved client'],
    serverScopes: ['mcp:connect'],
    resourceScopes: ['mcp:connect'],
  },
};
