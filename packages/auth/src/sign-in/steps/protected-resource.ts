import { McpassError, type Remedy } from '../../errors.js';
import { JsonDocument } from '../../oauth/json-document.js';
import { readScopes, SCOPES_IGNORED } from '../../oauth/scope.js';
import { plain, quote, quoteExactly } from '../../text.js';
import type { SignInContext } from '../context.js';
import { coversServer } from '../../server/url.js';
import { resourceMetadataLocations } from '../../server/well-known.js';
import { shownUrl, withoutQueryValues } from '../../server/shown-url.js';
import { transientFailure, type WireAnswer } from '../../oauth/wire.js';
import type { Challenged } from './challenged-request.js';

export interface ProtectedResource {
  /** Absent for a server of the 2025-03-26 revision, which has no such metadata. */
  readonly metadata?: ResourceMetadata;
  /** The `resource` of all requests of this sign-in, byte for byte; absent when it is left out. */
  readonly resource?: string;
}

export interface ResourceMetadata {
  readonly url: string;
  readonly resource: string;
  readonly authorizationServers: readonly string[];
  readonly scopesSupported?: readonly string[];
  /** Some of what stood there was no scope, and was left out. */
  readonly scopesIgnored?: boolean;
  /** Only tokens that are bound to a key are taken (RFC 9728 section 2). */
  readonly dpopRequired?: boolean;
}

/** More than this many authorization servers in one document are not looked at. */
const SERVER_LIMIT = 5;

/** Step 2: who protects this server, and how it is called there (RFC 9728; RFC 8707 section 2). */
export async function protectedResource(
  { challenge }: Challenged,
  context: SignInContext,
): Promise<ProtectedResource> {
  const metadata = await find(challenge.resourceMetadata, context);
  const resource = chooseResource(metadata, context);
  context.decide('resource', 'resource', {
    resource: resource === undefined ? 'left out' : shownUrl(resource),
    because: context.settings.resource === undefined ? (metadata ? 'metadata' : 'server URL') : 'configured',
  });
  return { ...(metadata !== undefined && { metadata }), ...(resource !== undefined && { resource }) };
}

async function find(
  named: string | undefined,
  context: SignInContext,
): Promise<ResourceMetadata | undefined> {
  const places = resourceMetadataLocations(context.server).map((url) => ({
    url,
    what: 'well-known address',
  }));
  if (named !== undefined && URL.canParse(named)) places.unshift({ url: named, what: 'resource_metadata' });
  else if (named !== undefined) {
    context.deviate('resource', 'A04', `the challenge's resource_metadata is no URL, ${quote(named, 120)}`);
  }
  const asked = new Set<string>();
  const refusals: { readonly place: string; readonly why: string }[] = [];
  for (const { url, what } of places) {
    if (asked.has(url)) continue;
    asked.add(url);
    const answer = await context.wire({
      step: 'resource',
      method: 'GET',
      url,
      what,
      headers: { accept: 'application/json' },
      repeatable: true,
      signal: context.signal,
    });
    const judged = judgeResourceMetadata(answer, url, context.ports.clock.now());
    if (judged.found) {
      checkResource(judged.metadata, context);
      report(judged.metadata, what, context);
      return judged.metadata;
    }
    const shown = withoutQueryValues(new URL(url));
    context.decide('resource', 'not here', { url: shown, why: judged.why });
    if (!judged.absent) refusals.push({ place: shown, why: judged.why });
  }
  // A downgrade to the older rules needs a plain "there is none": anything else may be somebody in the way.
  if (refusals.length > 0) throw metadataRefused(refusals);
  return undefined;
}

/** For a stranger: whoever wants to sign in has no token yet (RFC 9728 section 3.1). */
function metadataRefused(refusals: readonly { readonly place: string; readonly why: string }[]): McpassError {
  const list = refusals.map(({ place, why }) => plain(`${place} (${why})`, 160)).join('; ');
  const [first] = refusals;
  return new McpassError(
    'resource_metadata_invalid',
    `The server's resource metadata cannot be read: ${list}.`,
    {
      step: 'resource',
      fault: 'server',
      remedy: {
        do: 'say',
        text: `ask the operator to serve ${plain(first?.place ?? 'it', 160)} to everybody, without a sign-in; nothing here can stand in for it`,
      },
    },
  );
}

type Judged =
  | { readonly found: true; readonly metadata: ResourceMetadata }
  /** `absent`: the answer says that there is no such document here. */
  | { readonly found: false; readonly absent: boolean; readonly why: string };

/** Pure: is this answer a resource metadata document (RFC 9728 section 3.2)? Throws when the server is in trouble. */
export function judgeResourceMetadata(answer: WireAnswer, url: string, nowMs: number): Judged {
  const trouble = transientFailure(
    answer,
    `The server's resource metadata is not to be had just now (${answer.status}).`,
    { step: 'resource', facts: { url: plain(url) } },
    nowMs,
  );
  if (trouble !== undefined) throw trouble;
  if (answer.status === 404 || answer.status === 410) {
    return { found: false, absent: true, why: String(answer.status) };
  }
  if (answer.status < 200 || answer.status > 299) {
    return { found: false, absent: false, why: String(answer.status) };
  }
  // A page or an empty object where the document would be is how a catch-all route says 404.
  const document = JsonDocument.parse(answer.text);
  if (document === undefined) return { found: false, absent: true, why: 'not a JSON object' };
  const resource = document.text('resource');
  if (resource === undefined) return { found: false, absent: true, why: 'has no resource' };
  const listed = document.texts('scopes_supported');
  const named = listed === undefined ? undefined : readScopes(listed);
  return {
    found: true,
    metadata: {
      url,
      resource,
      authorizationServers: [...new Set(document.texts('authorization_servers'))].slice(0, SERVER_LIMIT),
      ...(named !== undefined && { scopesSupported: named.scopes }),
      ...(named?.ignored === true && { scopesIgnored: true }),
      ...(document.yes('dpop_bound_access_tokens_required') && { dpopRequired: true }),
    },
  };
}

function report(metadata: ResourceMetadata, what: string, context: SignInContext): void {
  if (metadata.scopesIgnored === true) context.deviate('resource', SCOPES_IGNORED.id, SCOPES_IGNORED.text);
  context.decide('resource', 'resource metadata', {
    url: withoutQueryValues(new URL(metadata.url)),
    found: what,
    authorization_servers: metadata.authorizationServers,
    ...(metadata.scopesSupported !== undefined && { scopes_supported: metadata.scopesSupported }),
  });
}

/** RFC 9728 section 3.3 wants the identifier of the URL that was used; most servers describe their whole origin. */
function checkResource({ resource }: ResourceMetadata, context: SignInContext): void {
  const { settings, server } = context;
  if (resource === settings.resource || coversServer(resource, server)) return;
  throw new McpassError(
    'resource_mismatch',
    `The server's metadata is about another resource, ${quoteExactly(resource)}, not about ${withoutQueryValues(server)}.`,
    {
      step: 'resource',
      fault: 'server',
      facts: { resource: shownUrl(resource) },
      remedy: mismatchRemedy(resource, server),
    },
  );
}

/** Nothing to paste where the name is somebody else's: whoever follows would hand that one's token to this server. */
function mismatchRemedy(resource: string, server: URL): Remedy {
  const own = URL.canParse(resource) && new URL(resource).origin === server.origin;
  if (own) return { do: 'configure', key: 'oauth_resource', value: JSON.stringify(plain(resource)) };
  return {
    do: 'say',
    text: 'it asks for a token that is meant for somebody else: use that server’s own URL, or report this',
  };
}

function chooseResource(metadata: ResourceMetadata | undefined, { settings, server }: SignInContext) {
  if (settings.resource === 'none') return undefined;
  return settings.resource ?? metadata?.resource ?? canonicalServerUri(server);
}

/** MCP authorization, "Canonical Server URI": no query, no fragment, no slash where there is no path. */
function canonicalServerUri(server: URL): string {
  return server.origin + (server.pathname === '/' ? '' : server.pathname);
}
