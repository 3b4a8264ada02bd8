import type { Profile } from '../profile.js';

export const datadog: Profile = {
  summary: 'of loopback only 127.0.0.1 may be registered; errors are a list of texts',
  facts: [
    '127.0.0.1 passes, localhost does not [R appsignal-mcp#49]',
    'errors as a list [R PostHog/posthog#85619]',
  ],
  quirks: {
    redirectPolicy: '127.0.0.1',
    tokenErrors: 'errors',
  },
};
