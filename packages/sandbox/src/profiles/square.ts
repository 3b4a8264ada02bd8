import type { Profile } from '../profile.js';

export const square: Profile = {
  summary: 'the browser shows an error page and never comes back',
  facts: ['"Invalid approval request" in the browser [R square/square-mcp-server#23]'],
  quirks: {
    faults: { authorize: { status: 400, body: 'Invalid approval request', type: 'text/plain' } },
  },
};
