import { isMcpassError, McpassError, withDetails } from '../../errors.js';
import { discoverServer, metadataMissing, probeServer } from '../../server/discovery.js';
import { isSameAuthorizationServer, isSameIssuer } from '../../server/issuer.js';
import type { AuthorizationServer } from '../../server/metadata.js';
import { type Grant, withoutSignIn } from '../../credential/record.js';
import type { Store } from '../../ports.js';
import type { SignInContext, SignInStart } from '../context.js';
import { plain, quote } from '../../text.js';
import { legacyMetadataLocation } from '../../server/well-known.js';
import { chooseApproach } from '../registration-approach.js';
import type { Challenged } from './challenged-request.js';
import type { ProtectedResource } from './protected-resource.js';

export interface ServerChosen {
  readonly authorizationServer: AuthorizationServer;
}

/** Step 3: the first authorization server that proves to be what it says and that we can be a client of. */
export async function authorizationServer(
  state: SignInStart & Challenged & ProtectedResource,
  context: SignInContext,
): Promise<ServerChosen> {
  const { metadata } = state;
  const chosen = context.settings.unsafe?.authorizationServer;
  if (metadata === undefined && chosen === undefined) {
    const found = await legacyServer(state, context);
    checkPinned(found, context);
    return { authorizationServer: found };
  }
  let named = chosen === undefined ? (metadata?.authorizationServers ?? []) : [chosen];
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
      checkPinned(found, context);
      // Tokens that were brought have a client somewhere: none has to be had here.
      if (state.given === undefined) chooseApproach(found, context.settings);
      context.decide('server', 'authorization server', describe(found, named.length));
      return { authorizationServer: found };
    } catch (error) {
      if (!isMcpassError(error) || error.code === 'interrupted') throw error;
      failures.push(error);
      context.decide('server', 'not usable', { issuer, why: error.message });
    }
  }
  throw withOrigin(failures[0], named[0]) ?? metadataMissing(context.server.origin);
}

/**
 * Some name the MCP endpoint, or another page of theirs, in place of the authorization server at the root of the same origin.
 * Whether it is there only the person can find out.
 */
function withOrigin(error: McpassError | undefined, named = ''): McpassError | undefined {
  if (error?.code !== 'server_metadata_missing' || error.remedy !== undefined) return error;
  const { origin, pathname } = new URL(named);
  if (pathname === '/') return error;
  const value = JSON.stringify(origin);
  return withDetails(error, { remedy: { do: 'configure', key: 'unsafe.authorization_server', value } });
}

/** What the configuration pins holds by the server's own name, however it was found. */
function checkPinned({ issuer }: AuthorizationServer, { settings }: SignInContext): void {
  const pinned = settings.issuer;
  if (pinned === undefined || isSameIssuer(pinned, issuer)) return;
  throw new McpassError(
    'client_issuer_mismatch',
    `oauth.issuer allows ${quote(pinned)} and no other authorization server; the server names ${quote(issuer)}.`,
    {
      step: 'server',
      // Whether the pin was written wrongly or the server has moved, only the person can find out.
      fault: 'yours',
      facts: { pinned: plain(pinned), named: plain(issuer) },
      remedy: {
        do: 'say',
        text: 'correct oauth.issuer in the configuration; if it was right, ask first whoever runs the server about the move',
      },
    },
  );
}

/** The 2025-03-26 revision: metadata at the MCP server's own origin, or none and three fixed paths. */
async function legacyServer(
  state: SignInStart & Challenged,
  context: SignInContext,
): Promise<AuthorizationServer> {
  const { origin } = context.server;
  const before = await serverBefore(state, context);
  const { unsafe } = context.settings;
  context.deviate('server', 'A08', 'no resource metadata: the rules of the 2025-03-26 revision apply');
  try {
    const found = await probeServer(origin, [legacyMetadataLocation(context.server)], context);
    if (before !== undefined && !isSameAuthorizationServer(before, found, unsafe))
      throw downgraded(before.issuer, found.issuer, context);
    context.decide('server', 'authorization server', describe(found, 1));
    return found;
  } catch (error) {
    if (!isMcpassError(error) || error.code !== 'server_metadata_missing') throw error;
  }
  // Without a demand for a token there is no reason to believe that anybody answers at those paths.
  if (!state.demanded) throw await notWanted(context);
  if (before !== undefined) throw downgraded(before.issuer, origin, context);
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

/**
 * Of a sign-in that began with resource metadata, another account's where this one has none, unless the server is excused
 * from having any.
 */
async function serverBefore(
  { previous }: SignInStart,
  { settings, ports, key }: SignInContext,
): Promise<Pick<AuthorizationServer, 'issuer' | 'tokenEndpoint'> | undefined> {
  if (settings.unsafe?.allowLegacy === true) return undefined;
  const grant = previous?.grant ?? (await newestGrant(key.server, ports.store));
  if (grant === undefined) return undefined;
  const { issuer, endpoints } = grant;
  return grant.deviations?.includes('A08') === true ? undefined : { issuer, tokenEndpoint: endpoints.token };
}

async function newestGrant(server: string, store: Store): Promise<Grant | undefined> {
  const records = await store.list();
  return records
    .flatMap((record) => (record.server === server && record.grant !== undefined ? [record.grant] : []))
    .toSorted((one, other) => other.signedInAtS - one.signedInAtS)[0];
}

/** Whoever can make the metadata disappear must not be able to choose who is asked for the password. */
function downgraded(before: string, now: string, { server }: SignInContext): McpassError {
  return new McpassError(
    'resource_metadata_invalid',
    `${server.host} named ${quote(before)} when you signed in, and names nobody now; the rules of 2025-03-26 would lead to ${quote(now)}.`,
    {
      step: 'resource',
      fault: 'server',
      facts: { expected: plain(before), received: plain(now) },
      remedy: { do: 'configure', key: 'unsafe.allow_legacy', value: 'true' },
    },
  );
}

/** Kept, so that nobody is told to sign in there. */
async function notWanted({ key, ports, server }: SignInContext): Promise<McpassError> {
  await ports.store.update(key, async (current) => withoutSignIn(current, key, ports.clock.now()));
  return new McpassError('login_not_wanted', `${server.host} wants no sign-in: it answers as it is.`, {
    step: 'server',
    fault: 'yours',
    remedy: { do: 'say', text: 'use it as it is; or, if it should want a sign-in, check the URL' },
  });
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
