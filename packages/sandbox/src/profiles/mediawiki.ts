import type { Profile } from '../profile.js';

export const mediawiki: Profile = {
  summary: 'a call with a dead token is a 200 with a failed result',
  facts: ['an expired token shows as a failed tool [C MediaWiki-MCP#443]'],
  quirks: {
    deadTokenAnswer: 'tool-error',
  },
};
