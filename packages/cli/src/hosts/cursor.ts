import { ENV_BRACED, type Host, sparseEntry } from './host.js';
import { join } from './place.js';

// https://cursor.com/docs/mcp. It does not say which variables it passes on.
export const cursor: Host = {
  name: 'cursor',
  also: [],
  title: 'Cursor',
  programs: ['cursor', 'cursor-agent'],
  format: 'json',
  files: (place) => [join(place, place.home, '.cursor', 'mcp.json')],
  container: () => ['mcpServers'],
  entry: (_, launch) => sparseEntry(launch),
  reference: ENV_BRACED,
};
