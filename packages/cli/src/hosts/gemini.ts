import { commandEntry, type Host } from './host.js';
import { directory, join } from './place.js';

// https://geminicli.com/docs/tools/mcp-server
export const gemini: Host = {
  name: 'gemini',
  also: ['gemini-cli'],
  title: 'Gemini CLI',
  programs: ['gemini'],
  format: 'json',
  files: (place) => [
    join(place, directory(place, 'GEMINI_CLI_HOME') ?? place.home, '.gemini', 'settings.json'),
  ],
  container: () => ['mcpServers'],
  entry: (_, launch) => commandEntry(launch),
  reference: /\$(\w+)|\$\{(\w+)(?::-[^}]*)?\}/,
};
