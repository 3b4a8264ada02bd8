import { commandEntry, ENV_BRACED, type Host } from './host.js';
import { join } from './place.js';

// https://cursor.com/docs/context/mcp
export const cursor: Host = {
  name: 'cursor',
  also: [],
  title: 'Cursor',
  programs: ['cursor', 'cursor-agent'],
  format: 'json',
  files: (place) => [join(place, place.home, '.cursor', 'mcp.json')],
  container: () => ['mcpServers'],
  entry: (_, launch) => commandEntry(launch),
  reference: ENV_BRACED,
};
