/* What is a secret by the look of it, where nobody says so: a header, a part of an address. */

const SECRET_NAME =
  /auth|token|secret|cookie|password|credential|session|signature|jwt|api[-_]?key|[-_]key$|^key$/i;

/** Whether a header or parameter of this name holds a secret; one that chooses a tenant or a region does not. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** What providers begin their keys with, and JSON Web Tokens. */
const ISSUED =
  /^(?:(?:sk|pk|rk|gh[opsu]|github_pat|glpat|xox[abeprs]|ntn|figd|lin_api|shpat|hf)[-_]|AKIA|ya29\.|eyJ)[-_.A-Za-z0-9]{16,}$/;

/** A key of a kind that is known; its name does not matter. */
export function isIssuedKey(text: string): boolean {
  return ISSUED.test(text) && /\d/.test(text);
}

const GUID = /^[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}$/i;

/** 32 hexadecimal digits, hyphens or not: as often the name of something as a key to it. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/**
 * What nobody would type: letters and digits mixed over a length that no word has. Words and numbers with hyphens between
 * them are none, such as the name of a host or a region.
 */
export function looksRandom(text: string): boolean {
  if (!/^[\w.~+/=:-]{16,}$/.test(text)) return false;
  const isMixed = (part: string) => /\d/.test(part) && /[a-z]/i.test(part);
  if (text.split(/[^A-Za-z\d]+/).some((part) => part.length >= 16 && isMixed(part))) return true;
  return /^[\w~+/=-]{20,}$/.test(text) && isMixed(text) && /[a-z]/.test(text) && /[A-Z]/.test(text);
}
