import type { Grant } from './record.js';
import type { ServerSettings } from '../server/settings.js';

/**
 * Pure: whether a sign-in made now would ask for nothing that this grant was not asked for already: the same client, the
 * same resource, no further scope. `scopes` replaces those of the settings.
 */
export function fitsWish(
  grant: Grant,
  scopes: readonly string[] | undefined,
  settings: ServerSettings,
): boolean {
  if (settings.client !== undefined && settings.client.id !== grant.client.id) return false;
  if (settings.resource !== undefined) {
    const wanted = settings.resource === 'none' ? undefined : settings.resource;
    if (wanted !== grant.resource) return false;
  }
  const asked = new Set([...grant.requestedScopes, ...(grant.grantedScopes ?? [])]);
  return (scopes ?? settings.scopes ?? []).every((scope) => asked.has(scope));
}
