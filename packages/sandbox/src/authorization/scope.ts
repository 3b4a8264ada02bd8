/** The scopes in a `scope` value (RFC 6749 section 3.3). */
export function parseScope(scope: string | null | undefined): string[] {
  return (scope ?? '').split(' ').filter((name) => name !== '');
}
