/** RFC 6749 section 3.3, appendix A.4: printable ASCII without the blank, the quotation mark and the backslash. */
const SCOPE_TOKEN = /^[\u0021\u0023-\u005b\u005d-\u007e]+$/;

export function isScopeToken(text: string): boolean {
  return SCOPE_TOKEN.test(text);
}

/** Scopes as another party named them. */
export interface NamedScopes {
  /** Each once, in order. */
  readonly scopes: readonly string[];
  /** Whether something had to be left out: no server grants it, and a terminal may do what it says. */
  readonly ignored: boolean;
}

/** Reads space-separated lists of scopes (RFC 6749 section 3.3); an entry of a list that holds two scopes is two. */
export function readScopes(named: string | readonly string[]): NamedScopes {
  const words = new Set((typeof named === 'string' ? named : named.join(' ')).split(/[ \t\r\n]+/));
  words.delete('');
  const scopes = [...words].filter(isScopeToken);
  return { scopes, ignored: scopes.length < words.size };
}

/** The scopes alone, where nobody is told about those that are none. */
export function splitScopes(named: string | readonly string[]): readonly string[] {
  return readScopes(named).scopes;
}

/** The class of docs/deviations.md for scopes that were left out. */
export const SCOPES_IGNORED = {
  id: 'C26',
  text: 'scopes with characters that no scope has; left out',
} as const;
