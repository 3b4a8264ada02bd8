import { McpassError } from '../../errors.js';
import { isScopeToken, splitScopes } from '../../oauth/scope.js';
import { isUnattended } from '../../server/grant-type.js';
import { isSameAuthorizationServer } from '../../server/issuer.js';
import { quote } from '../../text.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { Challenged } from './challenged-request.js';
import type { ServerChosen } from './authorization-server.js';
import type { ProtectedResource } from './protected-resource.js';

export interface ScopesChosen {
  /** The one scope set of this sign-in: the same in registration and authorization. Empty: no `scope` is sent. */
  readonly scopes: readonly string[];
  /** True when `offline_access` is in the set only because the server lists it. */
  readonly offlineAdded: boolean;
}

export const OFFLINE_ACCESS = 'offline_access';

/** What can name scopes, in order: the first that names any decides (MCP authorization, "Scope Selection Strategy"). */
interface Sources {
  readonly given?: readonly string[] | undefined;
  readonly configured?: readonly string[] | undefined;
  readonly challenge?: readonly string[] | undefined;
  readonly resourceMetadata?: readonly string[] | undefined;
}

const NAMES: Readonly<Record<keyof Sources, string>> = {
  given: '--scopes',
  configured: 'the configuration',
  challenge: 'the challenge',
  resourceMetadata: 'the resource metadata',
};

/** Step 4: which scopes. Before the client's identity, because a registration has to name them. */
export async function scopes(
  state: SignInStart & Challenged & ProtectedResource & ServerChosen,
  context: SignInContext,
): Promise<ScopesChosen> {
  const sources: Sources = {
    given: state.scopes,
    configured: context.settings.scopes,
    challenge: state.challenge.scopes,
    resourceMetadata: state.metadata?.scopesSupported,
  };
  checkWished(sources.given, 'usage', '--scopes has');
  checkWished(sources.configured, 'config_invalid', 'scopes has');
  const { from, chosen } = choose(sources);
  const grown = accumulate(chosen, from, state, context);
  const offline = withOfflineAccess(grown, state, context);
  for (const [source, found] of Object.entries(sources) as [keyof Sources, readonly string[] | undefined][]) {
    if (found !== undefined) context.decide('scopes', 'scopes found', { in: NAMES[source], scopes: found });
  }
  context.decide('scopes', 'scopes', {
    asking: offline.scopes.length === 0 ? 'none' : offline.scopes,
    from: from === undefined ? 'nowhere' : NAMES[from],
    ...(offline.offlineAdded && { offline_access: 'added, because the authorization server lists it' }),
  });
  return offline;
}

/** Another party's are left out where they are read; a person is told. */
function checkWished(
  wished: readonly string[] | undefined,
  code: 'usage' | 'config_invalid',
  what: string,
): void {
  const bad = wished?.flatMap((entry) => entry.split(' ')).find((word) => word !== '' && !isScopeToken(word));
  if (bad === undefined) return;
  throw new McpassError(code, `${what} ${quote(bad, 80)}, and no scope has such characters in it.`, {
    step: 'config',
    fault: 'yours',
  });
}

function choose(sources: Sources): { from?: keyof Sources; chosen: readonly string[] } {
  for (const from of Object.keys(NAMES) as (keyof Sources)[]) {
    const found = sources[from];
    if (found !== undefined && found.length > 0) return { from, chosen: found };
  }
  return { chosen: [] };
}

/**
 * A step-up asks for what was asked before and what is missing. So does a later sign-in, as long as the person names
 * no scopes: otherwise every step-up would have to be made again ("Step-Up Authorization Flow").
 */
function accumulate(
  chosen: readonly string[],
  from: keyof Sources | undefined,
  { alsoScopes, previous, authorizationServer }: SignInStart & ServerChosen,
  { settings }: SignInContext,
): readonly string[] {
  const grant = previous?.grant;
  const named = from === 'given' || from === 'configured';
  const isSame =
    grant !== undefined &&
    isSameAuthorizationServer(
      { issuer: grant.issuer, tokenEndpoint: grant.endpoints.token },
      authorizationServer,
      settings.unsafe,
    );
  const before = !named && isSame ? grant.requestedScopes : [];
  const kept = before.filter((scope) => scope !== OFFLINE_ACCESS);
  return splitScopes([...chosen, ...kept, ...(alsoScopes ?? [])]);
}

/**
 * MCP authorization, "Refresh Tokens": `offline_access` may be added when the authorization server lists it. Not to an
 * empty set: that would replace the server's own default scopes (RFC 6749 section 3.3) by this one.
 */
function withOfflineAccess(
  chosen: readonly string[],
  state: SignInStart & ServerChosen,
  { settings }: SignInContext,
): ScopesChosen {
  const wish = settings.offlineAccess ?? 'auto';
  const withoutIt = chosen.filter((scope) => scope !== OFFLINE_ACCESS);
  if (wish === 'never' || state.withoutOfflineAccess === true)
    return { scopes: withoutIt, offlineAdded: false };
  if (chosen.includes(OFFLINE_ACCESS)) return { scopes: chosen, offlineAdded: false };
  const listed = state.authorizationServer.scopesSupported?.includes(OFFLINE_ACCESS) === true;
  // RFC 6749 section 4.4.3: who needs no person needs no refresh token.
  const isWorth = listed && chosen.length > 0 && !isUnattended(settings);
  if (wish === 'always' || isWorth) {
    return { scopes: [...chosen, OFFLINE_ACCESS], offlineAdded: wish === 'auto' };
  }
  return { scopes: chosen, offlineAdded: false };
}
