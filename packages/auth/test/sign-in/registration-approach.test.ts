import { describe, expect, test } from 'vitest';

import { isMcpassError, type ServerSettings } from '../../src/index.js';
import { chooseApproach } from '../../src/sign-in/registration-approach.js';

const DOCUMENT = 'https://me.example/client.json';

function way(offer: { registers?: boolean; documents?: boolean }, settings: Partial<ServerSettings> = {}) {
  const server = {
    issuer: 'https://as.example',
    authorizationEndpoint: 'https://as.example/authorize',
    tokenEndpoint: 'https://as.example/token',
    ...(offer.registers === true && { registrationEndpoint: 'https://as.example/register' }),
    issParameterSupported: false,
    clientIdMetadataDocumentSupported: offer.documents === true,
  };
  try {
    return chooseApproach(server, { url: 'https://mcp.example/mcp', ...settings });
  } catch (error) {
    if (isMcpassError(error)) return error.code;
    throw error;
  }
}

describe('who we are at a server (MCP authorization, "Client Registration")', () => {
  const both = { registers: true, documents: true };

  test('a configured client before all else, and nothing instead of it', () => {
    for (const offer of [both, {}]) {
      expect(way(offer, { client: { id: 'mine' }, clientMetadataUrl: DOCUMENT })).toBe('configured');
    }
  });

  test('a metadata document before a registration, where the server reads them', () => {
    expect(way(both, { clientMetadataUrl: DOCUMENT })).toBe('metadata_document');
    expect(way({ registers: true }, { clientMetadataUrl: DOCUMENT })).toBe('registered');
  });

  test('a registration where nothing else is there', () => {
    expect(way(both)).toBe('registered');
  });

  test('the choice of the person', () => {
    expect(way(both, { clientMetadataUrl: DOCUMENT, registration: 'dcr' })).toBe('registered');
    expect(way({ registers: true }, { clientMetadataUrl: DOCUMENT, registration: 'cimd' })).toBe(
      'metadata_document',
    );
    expect(way(both, { registration: 'cimd' })).toBe('client_needed');
    expect(way(both, { clientMetadataUrl: DOCUMENT, registration: 'none' })).toBe('client_needed');
  });

  test('no guessed registration endpoint', () => {
    expect(way({})).toBe('client_needed');
    expect(way({ documents: true })).toBe('client_needed');
    expect(way({}, { registration: 'dcr' })).toBe('client_needed');
  });
});
