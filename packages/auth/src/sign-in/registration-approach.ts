import type { Client } from '../credential/record.js';
import { McpassError } from '../errors.js';
import type { AuthorizationServer } from '../server/metadata.js';
import { grantWords, isUnattended } from '../server/grant-type.js';
import type { ServerSettings } from '../server/settings.js';
import { plain, quote } from '../text.js';

/** How a client comes to be known to an authorization server (MCP authorization, "Client Registration Approaches"). */
export type RegistrationApproach = Client['origin'];

/** Pure: the first approach that is open at this server, in the order of the specification. Throws `client_needed` where none is. */
export function chooseApproach(server: AuthorizationServer, settings: ServerSettings): RegistrationApproach {
  const choice = settings.registration ?? 'auto';
  // Someone who brings a client wants that one: it is never replaced behind their back.
  if (settings.client !== undefined) return 'configured';
  const takesDocument = choice === 'cimd' || (choice === 'auto' && server.clientIdMetadataDocumentSupported);
  if (settings.clientMetadataUrl !== undefined && takesDocument) return 'metadata_document';
  // No more than an issuer that both trust is needed for that grant (RFC 7523 section 3.1).
  if (settings.grant === 'jwt_bearer') return 'configured';
  const registers = !isUnattended(settings) && server.registrationEndpoint !== undefined;
  if (registers && (choice === 'auto' || choice === 'dcr')) return 'registered';
  throw isUnattended(settings) ? ownClientNeeded(server, settings) : clientNeeded(server);
}

/** Dynamic registration is no part of these grants (MCP extension for client credentials, "Overview"). */
function ownClientNeeded({ issuer }: AuthorizationServer, settings: ServerSettings): McpassError {
  const message = `The grant ${grantWords(settings)} needs a client of your own at ${quote(issuer)}.`;
  return new McpassError('client_needed', message, {
    step: 'client',
    fault: 'yours',
    facts: { issuer: plain(issuer) },
    remedy: { do: 'configure', key: 'oauth.client_id', value: '"the id of a client that you created there"' },
  });
}

/** The one way that is open: a server that takes metadata documents wants no client made by hand. */
function clientNeeded({
  issuer,
  clientIdMetadataDocumentSupported: documents,
}: AuthorizationServer): McpassError {
  const way = documents ? '; it takes the address of a client metadata document' : '';
  return new McpassError('client_needed', `${quote(issuer)} registers no clients by itself${way}.`, {
    step: 'client',
    fault: 'yours',
    facts: { issuer: plain(issuer), metadataDocuments: documents },
    remedy: documents
      ? { do: 'configure', key: 'oauth.client_metadata_url', value: '"the address of your document"' }
      : { do: 'configure', key: 'oauth.client_id', value: '"the id of a client that you created there"' },
  });
}
