import { isMcpassError, McpassError } from '../../errors.js';
import { discoverServer, metadataMissing, probeServer } from '../../server/discovery.js';
import type { AuthorizationServer } from '../../server/metadata.js';
import type { SignInContext } from '../context.js';
import { legacyMetadataLocation } from '../../server/well-known.js';
import { registrationApproaches } from '../registration-approaches.js';
import type { Challenged } from './challenged-request.js';
import type { ProtectedResource } from './protected-resource.js';

export interface ServerChosen {
  readonly authorizationServer: AuthorizationServer;
}

/** Step 3: the first authorization server that proves to be what it says and that we can be a client of. */
export async function authorizationServer(
  state: Challenged & ProtectedResource,
  context: SignInContext,
): Promise<ServerChosen> {
  const { metadata } = state;
  if (metadata === undefined) return { authorizationServer: await legacyServer(state, context) };
  let named = metadata.authorizationServers;
  if (named.length === 0) {
    context.deviate(
      'server',
      'A39',
      'the resource metadata names no authorization server; the server’s own origin is tried',
    );
    named = [context.server.origin];
  }
  const failures: McpassError[] = [];
  for (const issuer of named) {
    try {
      const found = await discoverServer(issuer, context);
      registrationApproaches(found, context.settings);
      context.decide('server', 'authorization server', describe(found, named.length));
      return { authorizationServer: found };
    } catch (error) {
      if (!isMcpassError(error) || error.code === 'interrupted') throw error;
      failures.push(error);
      context.decide('server', 'not usable', { issuer, why: error.message });
    }
  }
  throw failures[0] ?? metadataMissing(context.server.origin);
}

/** The 2025-03-26 revision: metadata at the MCP server's own origin, or none and three fixed paths. */
async function legacyServer(state: Challenged, context: SignInContext): Promise<AuthorizationServer> {
  const { origin } = context.server;
  context.deviate('server', 'A08', 'no resource metadata: the rules of the 2025-03-26 revision apply');
  try {
    const found = await probeServer(origin, [legacyMetadataLocation(context.server)], context);
    context.decide('server', 'authorization server', describe(found, 1));
    return found;
  } catch (error) {
    if (!isMcpassError(error) || error.code !== 'server_metadata_missing') throw error;
  }
  // Without a demand for a token there is no reason to believe that anybody answers at those paths.
  if (!state.demanded) {
    throw new McpassError(
      'server_metadata_missing',
      `${context.server.host} answers without a sign-in and names no authorization server.`,
      {
        step: 'server',
        fault: 'server',
        remedy: { do: 'say', text: 'use it as it is; or, if it should want a sign-in, check the URL' },
      },
    );
  }
  context.deviate('server', 'A08', 'no server metadata either: the default endpoints of 2025-03-26 are used');
  return {
    issuer: origin,
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    issParameterSupported: false,
    clientIdMetadataDocumentSupported: false,
    guessed: true,
  };
}

function describe(server: AuthorizationServer, candidates: number) {
  return {
    issuer: server.issuer,
    ...(server.metadataUrl !== undefined && { url: server.metadataUrl }),
    candidates,
    ...(server.scopesSupported !== undefined && { scopes_supported: server.scopesSupported }),
    iss_promised: server.issParameterSupported,
  };
}
