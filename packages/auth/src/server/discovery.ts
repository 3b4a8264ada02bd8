import { isMcpassError, McpassError } from '../errors.js';
import { judgeEndpoint } from './endpoint-rule.js';
import { opensPage } from './grant-type.js';
import { plain, quote } from '../text.js';
import { type AuthorizationServer, judgeServerMetadata } from './metadata.js';
import type { Ports } from '../ports.js';
import type { SignInContext } from '../sign-in/context.js';
import { issuerOfMetadataUrl, serverMetadataLocations } from './well-known.js';

/** What finding out about an authorization server takes: a sign-in has it, and so has a refresh. */
export type DiscoveryContext = Pick<
  SignInContext,
  'settings' | 'server' | 'wire' | 'signal' | 'decide' | 'deviate'
> & { readonly ports: Pick<Ports, 'clock'> };

/** Fetches and judges the metadata of the authorization server that goes by that name. Throws `McpassError`. */
export async function discoverServer(named: string, context: DiscoveryContext): Promise<AuthorizationServer> {
  const url = judgeEndpoint(named, 'authorization_servers', 'server', {
    server: context.server,
    unsafe: context.settings.unsafe,
  });
  const implied = issuerOfMetadataUrl(url);
  if (implied === undefined) return probeServer(named, serverMetadataLocations(url), context);
  context.deviate('server', 'A14', `authorization_servers names a metadata document, ${quote(named)}`);
  return probeServer(implied, [named], context);
}

/** Asks at each place until one has a document that holds; the first reason is told when none does. */
export async function probeServer(
  issuer: string,
  places: readonly string[],
  context: DiscoveryContext,
): Promise<AuthorizationServer> {
  const reasons: McpassError[] = [];
  for (const place of places) {
    const answer = await context.wire({
      step: 'server',
      method: 'GET',
      url: place,
      what: 'authorization server',
      headers: { accept: 'application/json' },
      repeatable: true,
      signal: context.signal,
    });
    try {
      const judged = judgeServerMetadata(answer, {
        issuer,
        place,
        pageless: !opensPage(context.settings),
        rule: ruleOf(context),
        nowMs: context.ports.clock.now(),
      });
      if (judged.found) {
        for (const { id, text } of judged.deviations) context.deviate('server', id, text);
        return judged.server;
      }
      context.decide('server', 'not here', { url: place, why: judged.why });
    } catch (error) {
      // A document that may not be used does not end the search: another form may have the right one.
      if (!isMcpassError(error) || error.code === 'server_error' || error.code === 'rate_limited')
        throw error;
      context.decide('server', 'not usable', { url: place, why: error.message });
      reasons.push(error);
    }
  }
  throw reasons[0] ?? metadataMissing(issuer);
}

function ruleOf(context: DiscoveryContext) {
  return { server: context.server, unsafe: context.settings.unsafe };
}

export function metadataMissing(issuer: string): McpassError {
  return new McpassError(
    'server_metadata_missing',
    `The authorization server ${quote(issuer)} publishes no metadata that can be read.`,
    { step: 'server', fault: 'server', facts: { issuer: plain(issuer) } },
  );
}
