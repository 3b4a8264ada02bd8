import { BRACED, type Host, sparseEntry } from './host.js';
import { applicationSupport, join } from './place.js';

// https://modelcontextprotocol.io/docs/develop/connect-local-servers; which variables it passes on:
// https://modelcontextprotocol.io/docs/tools/debugging
export const claudeDesktop: Host = {
  name: 'claude-desktop',
  also: [],
  title: 'Claude Desktop',
  programs: ['claude-desktop'],
  format: 'json',
  files: (place) => [join(place, applicationSupport(place), 'Claude', 'claude_desktop_config.json')],
  container: () => ['mcpServers'],
  entry: (_, launch) => sparseEntry(launch),
  withholds: true,
  prefersProgram: true,
  reference: BRACED,
};
