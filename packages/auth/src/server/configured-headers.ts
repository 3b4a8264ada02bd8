import { isSecretName } from '../likely-secret.js';
import type { ServerSettings } from './settings.js';

/** The headers of the configuration, names in lower case: so that ours replace theirs instead of standing beside them. */
export function configuredHeaders({ headers }: Pick<ServerSettings, 'headers'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** Where the value of a configured header comes from, as far as the configuration says. */
export function headerPlace(name: string, { places }: Pick<ServerSettings, 'places'>): string | undefined {
  const entries = Object.entries(places?.headers ?? {});
  return entries.find(([header]) => header.toLowerCase() === name.toLowerCase())?.[1];
}

/** The names of configured headers that are there to open the server, as they are written. */
export function credentialHeaders({ headers }: Pick<ServerSettings, 'headers'>): readonly string[] {
  return Object.keys(headers ?? {}).filter(isSecretName);
}
