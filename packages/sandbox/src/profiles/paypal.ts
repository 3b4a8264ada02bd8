import type { Profile } from '../profile.js';

export const paypal: Profile = {
  summary: 'the authorization endpoint answers 500',
  facts: ['500 in place of a consent page [R paypal/paypal-mcp-server#6]'],
  quirks: {
    faults: { authorize: { status: 500 } },
  },
};
