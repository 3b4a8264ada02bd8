import { commandEntry, ENV_BRACED, type Host } from './host.js';
import { join } from './place.js';

// https://docs.windsurf.com/windsurf/cascade/mcp
export const windsurf: Host = {
  name: 'windsurf',
  also: ['codeium'],
  title: 'Windsurf',
  programs: ['windsurf'],
  format: 'json',
  files: (place) => [join(place, place.home, '.codeium', 'windsurf', 'mcp_config.json')],
  container: () => ['mcpServers'],
  entry: (_, launch) => commandEntry(launch),
  reference: ENV_BRACED,
};
