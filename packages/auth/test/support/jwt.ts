/** A JWT with these claims, whose signature nobody should look at. */
export function jwt(claims: object): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.c2ln`;
}
