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
