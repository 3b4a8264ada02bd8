import type { Profile } from '../profile.js';

export const pagerduty: Profile = {
  summary: 'the issuer in the metadata is another host with a path',
  facts: ["the issuer is on the app's host [C PagerDuty/pagerduty-mcp-server#169]"],
  quirks: {
    metadataIssuer: 'https://app.sandbox.test/global/oauth/anonymous',
    issAdvertised: false,
    iss: 'missing',
  },
};
