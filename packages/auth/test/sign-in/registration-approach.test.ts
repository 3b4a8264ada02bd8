import { describe, expect, test } from 'vitest';

import { isMcpassError, type ServerSettings } from '../../src/index.js';
import { registrationApproaches } from '../../src/sign-in/registration-approaches.js';

const DOCUMENT = 'https://me.example/client.json';

function ways(offer: { registers?: boolean; documents?: boolean }, settings: Partial<ServerSettings> = {}) {
  const server = {
    issuer: 'https://as.example',
    authorizationEndpoint: 'https://as.example/authorize',
    tokenEndpoint: 'https://as.example/token',
    ...(offer.registers === true && { registrationEndpoint: 'https://as.example/register' }),
    issParameterSupported: false,
    clientIdMetadataDocumentSupported: offer.documents === true,
  };
  try {
    return registrationApproaches(server, { url: 'https://mcp.example/mcp', ...settings });
  } catch (error) {
    if (isMcpassError(error)) return error.code;
    throw error;
  }
}

describe('who we are at a server (MCP authorization, "Client Registration")', () => {
  const both = { registers: true, documents: true };

  test('a configured client before all else, and nothing instead of it', () => {
    for (const offer of [both, {}]) {
      expect(ways(offer, { client: { id: 'mine' }, clientMetadataUrl: DOCUMENT })).toEqual(['configured']);
    }
  });

  test('a metadata document before a registration, where the server reads them', () => {
    expect(ways(both, { clientMetadataUrl: DOCUMENT })).toEqual(['metadata_document', 'registered']);
    expect(ways({ registers: true }, { clientMetadataUrl: DOCUMENT })).toEqual(['registered']);
  });

  test('a registration where nothing else is there', () => {
    expect(ways(both)).toEqual(['registered']);
  });

  test('the choice of the person', () => {
    expect(ways(both, { clientMetadataUrl: DOCUMENT, registration: 'dcr' })).toEqual(['registered']);
    expect(ways({ registers: true }, { clientMetadataUrl: DOCUMENT, registration: 'cimd' })).toEqual([
      'metadata_document',
    ]);
    expect(ways(both, { registration: 'cimd' })).toBe('client_needed');
    expect(ways(both, { clientMetadataUrl: DOCUMENT, registration: 'none' })).toBe('client_needed');
  });

  test('no guessed registration endpoint', () => {
    expect(ways({})).toBe('client_needed');
    expect(ways({ documents: true })).toBe('client_needed');
    expect(ways({}, { registration: 'dcr' })).toBe('client_needed');
  });
});
