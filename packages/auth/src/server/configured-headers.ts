import type { ServerSettings } from './settings.js';

/** The headers of the configuration, names in lower case: so that ours replace theirs instead of standing beside them. */
export function configuredHeaders({ headers }: Pick<ServerSettings, 'headers'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
