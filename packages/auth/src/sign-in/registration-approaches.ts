import type { Client } from '../credential/record.js';
import { McpassError } from '../errors.js';
import type { AuthorizationServer } from '../server/metadata.js';
import type { ServerSettings } from '../server/settings.js';
import { plain, quote } from '../text.js';

/** How a client comes to be known to an authorization server (MCP authorization, "Client Registration Approaches"). */
export type RegistrationApproach = Client['origin'];

/** Pure: the approaches open at this server, in the order of the specification. Throws `client_needed` when there is none. */
export function registrationApproaches(
  server: AuthorizationServer,
  settings: ServerSettings,
): readonly [RegistrationApproach, ...RegistrationApproach[]] {
  const choice = settings.registration ?? 'auto';
  // Someone who brings a client wants that one: it is never replaced behind their back.
  if (settings.client !== undefined) return ['configured'];
  const open: RegistrationApproach[] = [];
  if (
    settings.clientMetadataUrl !== undefined &&
    (choice === 'cimd' || (choice === 'auto' && server.clientIdMetadataDocumentSupported))
  ) {
    open.push('metadata_document');
  }
  if (server.registrationEndpoint !== undefined && (choice === 'auto' || choice === 'dcr'))
    open.push('registered');
  const [first, ...rest] = open;
  if (first !== undefined) return [first, ...rest];
  const documents = server.clientIdMetadataDocumentSupported
    ? ' It takes a client metadata document of yours: oauth.client_metadata_url.'
    : '';
  throw new McpassError(
    'client_needed',
    `${quote(server.issuer)} registers no clients by itself.${documents}`,
    {
      step: 'client',
      fault: 'yours',
      facts: { issuer: plain(server.issuer), metadataDocuments: server.clientIdMetadataDocumentSupported },
      remedy: {
        do: 'configure',
        key: 'oauth.client_id',
        value: '"the id of a client that you created there"',
      },
    },
  );
}
