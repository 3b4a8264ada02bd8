import type { Profile } from '../profile.js';
import { ENTRA } from './entra.js';

export const entraSpa: Profile = {
  summary: 'the redirect URI is registered as that of a web page: codes are redeemed with an Origin only',
  facts: ['AADSTS9002327 without an Origin header [C ms-365-mcp-server#411]'],
  quirks: {
    ...ENTRA,
    issuerPath: '/11111111-2222-3333-4444-555555555555/v2.0',
    originRequired: true,
  },
};
