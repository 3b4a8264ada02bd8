import { type CredentialRecord, Secret } from '../../src/index.js';

export const KEY = { server: 'https://mcp.example/mcp', account: 'default' };

interface TokenParts {
  readonly access?: string;
  readonly refresh?: string;
  readonly obtainedAtS?: number;
  readonly expiresAtS?: number;
}

/** A record as a sign-in leaves it. */
export function recordWith(
  { access = 'at', refresh, obtainedAtS = 1_700_000_000, expiresAtS }: TokenParts,
  more: Partial<CredentialRecord> = {},
): CredentialRecord {
  return {
    version: 1,
    generation: 1,
    ...KEY,
    grant: {
      issuer: 'https://as.example',
      endpoints: { token: 'https://as.example/token' },
      client: {
        id: 'client',
        issuer: 'https://as.example',
        origin: 'registered',
        authMethod: 'none',
        redirectUri: 'http://127.0.0.1:1/callback',
      },
      requestedScopes: ['a'],
      resource: 'https://mcp.example/mcp',
      tokens: {
        access: new Secret(access),
        type: 'Bearer',
        obtainedAtS,
        ...(expiresAtS !== undefined && { expiresAtS }),
        ...(refresh !== undefined && { refresh: new Secret(refresh) }),
      },
      signedInAtS: obtainedAtS,
    },
    ...more,
  };
}
