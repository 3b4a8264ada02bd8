// A server for programs that prove themselves with a key (RFC 7523 section 2.2; what the MCP extension for client credentials
// recommends): the audience is the issuer, an assertion lives for minutes, and none is taken twice.
import type { Profile } from '../profile.js';
import { machine } from './machine.js';

export const machineJwt: Profile = {
  summary:
    'for programs: client credentials with private_key_jwt; sandbox-machine, its key at /client-key.pem',
  facts: ['what the MCP extension recommends: a key instead of a secret [D modelcontextprotocol/ext-auth]'],
  quirks: {
    ...machine.quirks,
    authMethods: ['private_key_jwt'],
    staticClients: [
      { id: 'sandbox-machine', name: 'Sandbox machine', authMethod: 'private_key_jwt', redirectUris: [] },
    ],
  },
};
