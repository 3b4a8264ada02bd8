import { type CredentialRecord, type Grant, keyText, type RecordKey } from './record.js';
import type { ServerSettings } from '../server/settings.js';
import { unattendedGrantOf } from '../server/grant-type.js';
import { isSameIssuer, withoutRootSlash } from '../server/issuer.js';
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
function variantOf({
  client,
  clientMetadataUrl,
  resource,
  issuer,
  grant,
}: ServerSettings): string | undefined {
  const chosen = {
    client: client?.id,
    // Not the same as a client of that id: where no documents are taken, a client is registered.
    document: client === undefined ? clientMetadataUrl : undefined,
    resource,
    issuer: issuer && withoutRootSlash(issuer),
    grant: unattendedGrantOf({ grant }),
  };
  return Object.values(chosen).every((one) => one === undefined) ? undefined : JSON.stringify(chosen);
}

/**
 * Where the credential of an entry may be, its own place first: the others are those of before it was pinned, or of before
 * entries were told apart.
 */
export function placesOf(settings: ServerSettings): readonly [RecordKey, ...RecordKey[]] {
  const own = recordKeyOf(settings);
  const { issuer, ...unpinned } = settings;
  if (issuer !== undefined) return [own, ...placesOf(unpinned)];
  const { server, account, variant } = own;
  return variant === undefined ? [own, { ...own, variant: UNCLAIMED }] : [own, { server, account }];
}

/** Whether these settings would have made what is stored. What holds no tokens belongs to whoever began it. */
export function fitsEntry(record: CredentialRecord, settings: ServerSettings): boolean {
  const place = keyText(record);
  if (!placesOf(settings).some((own) => keyText(own) === place)) return false;
  const { grant, variant } = record;
  if (grant !== undefined) return wouldMake(settings, grant);
  return (variant === UNCLAIMED ? undefined : variant) === recordKeyOf(settings).variant;
}

/** What one sign-in came to, or will. */
type Made = Pick<Grant, 'issuer' | 'client' | 'resource' | 'type'>;

/** Whether a sign-in at this server with these settings could have come to that. */
export function wouldMake(settings: ServerSettings, made: Made): boolean {
  if (settings.issuer !== undefined && !isSameIssuer(settings.issuer, made.issuer)) return false;
  if (made.type !== unattendedGrantOf(settings)) return false;
  return fitsClient(made, settings) && fitsResource(made, settings);
}

/** Whether every entry that one fits is fit by the other one, too. */
export function standsFor(one: Made, other: Made): boolean {
  const [isRegistered, isOther] = [one, other].map(({ client }) => client.origin === 'registered');
  const sameClient = isRegistered === isOther && (isRegistered || one.client.id === other.client.id);
  const sameGrant = one.type === other.type && one.resource === other.resource;
  return sameClient && sameGrant && isSameIssuer(one.issuer, other.issuer);
}

/** The variant of a credential that all is left to discovery for, where its usual place is another one's. */
const UNCLAIMED = '{}';

function fitsClient({ client }: Made, settings: ServerSettings): boolean {
  const id = settings.client?.id ?? settings.clientMetadataUrl ?? '';
  if (client.origin === 'registered') return settings.client === undefined;
  return client.id === id;
}

function fitsResource({ resource }: Made, settings: ServerSettings): boolean {
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
