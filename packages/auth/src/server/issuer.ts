import type { UnsafeOverrides } from './settings.js';

/** True where one is a host alone and the other the same with the slash of its root. */
export function differInRootSlash(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return long === `${short}/` && /^https?:\/\/[^/?#]+$/i.test(short);
}

/** Whether two spellings name one authorization server: the slash of a root is no difference (RFC 3986 section 6.2.3). */
export function isSameIssuer(one: string, other: string): boolean {
  return one === other || differInRootSlash(one, other);
}

/** One spelling for all that `isSameIssuer` takes for one. */
export function withoutRootSlash(issuer: string): string {
  const short = issuer.slice(0, -1);
  return differInRootSlash(short, issuer) ? short : issuer;
}

/** An authorization server, as far as it is known. */
interface Known {
  readonly issuer: string;
  /** Or its origin; absent where only the name is known. */
  readonly tokenEndpoint?: string | undefined;
}

/**
 * Whether both are one authorization server: by the issuer; and where an override lets another host use an issuer's name,
 * which then proves nothing, by the origin of the token endpoint as well.
 */
export function isSameAuthorizationServer(
  one: Known,
  other: Known,
  unsafe: UnsafeOverrides | undefined,
): boolean {
  if (!isSameIssuer(one.issuer, other.issuer)) return false;
  if (unsafe?.trustedIssuer === undefined) return true;
  if (one.tokenEndpoint === undefined || other.tokenEndpoint === undefined) return false;
  return new URL(one.tokenEndpoint).origin === new URL(other.tokenEndpoint).origin;
}
