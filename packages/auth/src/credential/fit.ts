import { parseJsonObject } from '../json-object.js';
import type { CredentialRecord, Grant, RecordKey } from './record.js';
import type { ServerSettings } from '../server/settings.js';
import { isSameIssuer } from '../server/issuer.js';
import { coversServer, parseServerUrl, serverIdentity } from '../server/url.js';

/* An entry uses a credential only if it would have made the same one: same server, account, resource, client and issuer.
   Pure; asked by all who use, renew, show, make and end one. */

/** Which credential these settings stand for. */
export function recordKeyOf(settings: ServerSettings): RecordKey {
  const variant = variantOf(settings);
  return {
    server: serverIdentity(settings.url),
    account: settings.account ?? 'default',
    ...(variant !== undefined && { variant }),
  };
}

/** What makes a credential another one at the same server and account, as text; undefined where all is left to discovery. */
function variantOf({ client, clientMetadataUrl, resource }: ServerSettings): string | undefined {
  const id = client?.id ?? clientMetadataUrl;
  if (id === undefined && resource === undefined) return undefined;
  return JSON.stringify({ client: id, resource });
}

/** Whether these settings would have made what is stored. What holds no tokens belongs to whoever began it. */
export function fitsEntry(record: CredentialRecord, settings: ServerSettings): boolean {
  const key = recordKeyOf(settings);
  if (record.server !== key.server || record.account !== key.account) return false;
  const { grant, variant } = record;
  if (grant === undefined) return (variant === UNCLAIMED ? undefined : variant) === key.variant;
  if (settings.issuer !== undefined && !isSameIssuer(settings.issuer, grant.issuer)) return false;
  return fitsClient(grant, settings) && fitsResource(grant, settings);
}

/** Settings that a stored credential fits, for one that no entry claims: enough to show it and to sign out of it. */
export function settingsOf(record: CredentialRecord): ServerSettings {
  const { server: url, account, variant, grant } = record;
  const chosen = parseJsonObject(variant ?? '');
  const texts = { client: chosen?.['client'], resource: chosen?.['resource'] };
  const settings: ServerSettings = {
    url,
    account,
    ...(typeof texts.client === 'string' && { client: { id: texts.client } }),
    ...(typeof texts.resource === 'string' && { resource: texts.resource }),
  };
  if (grant === undefined || fitsEntry(record, settings)) return settings;
  const { client, resource = 'none' } = grant;
  return { url, account, resource, ...(client.origin !== 'registered' && { client: { id: client.id } }) };
}

/** The variant of a credential that all is left to discovery for, where its usual place is another one's. */
export const UNCLAIMED = '{}';

function fitsClient({ client }: Grant, settings: ServerSettings): boolean {
  if (settings.client !== undefined) return client.id === settings.client.id;
  if (client.origin === 'metadata_document') return client.id === settings.clientMetadataUrl;
  return client.origin === 'registered';
}

function fitsResource({ resource }: Grant, settings: ServerSettings): boolean {
  if (settings.resource === 'none') return resource === undefined;
  if (settings.resource !== undefined) return resource === settings.resource;
  // What discovery can have come to.
  return resource !== undefined && coversServer(resource, parseServerUrl(settings.url));
}

/**
 * Whether a sign-in made now would ask for nothing that this grant was not asked for already. `scopes` replaces those of the
 * settings.
 */
export function fitsWish(
  record: CredentialRecord,
  scopes: readonly string[] | undefined,
  settings: ServerSettings,
): boolean {
  const { grant } = record;
  if (grant === undefined || !fitsEntry(record, settings)) return false;
  const asked = new Set([...grant.requestedScopes, ...(grant.grantedScopes ?? [])]);
  return (scopes ?? settings.scopes ?? []).every((scope) => asked.has(scope));
}
