import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const databricks: Profile = {
  summary: 'no registration',
  facts: ["an app of one's own is needed; redirect URIs to the byte [R punkpeye/mcp-remote#172]"],
  quirks: {
    ...noRegistration(),
  },
};
