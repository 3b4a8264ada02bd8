import { type JsonObject, parseJsonObject } from '../json-object.js';

/** The claims of a JWT (RFC 7519), its signature unchecked; undefined for any other text, and for one that is encrypted. */
export function jwtClaims(token: string): JsonObject | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const binary = atob((parts[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    return parseJsonObject(new TextDecoder().decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0))));
  } catch {
    return undefined;
  }
}
