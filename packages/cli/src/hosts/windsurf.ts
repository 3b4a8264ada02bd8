import { ENV_BRACED, type Host, sparseEntry } from './host.js';
import { join } from './place.js';

// https://docs.windsurf.com/windsurf/cascade/mcp. It does not say which variables it passes on.
export const windsurf: Host = {
  name: 'windsurf',
  also: ['codeium'],
  title: 'Windsurf',
  programs: ['windsurf'],
  format: 'json',
  files: (place) => [join(place, place.home, '.codeium', 'windsurf', 'mcp_config.json')],
  container: () => ['mcpServers'],
  entry: (_, launch) => sparseEntry(launch),
  addressKeys: ['serverUrl', 'url'],
  reference: ENV_BRACED,
};
