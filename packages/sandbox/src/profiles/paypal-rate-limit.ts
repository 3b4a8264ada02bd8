import type { Profile } from '../profile.js';

export const paypalRateLimit: Profile = {
  summary: 'the registration endpoint is behind a CDN that says 429',
  facts: ['registration behind a rate limit [R anthropics/claude-ai-mcp#252]'],
  quirks: {
    faults: { register: { status: 429, retryAfter: 60 } },
  },
};
