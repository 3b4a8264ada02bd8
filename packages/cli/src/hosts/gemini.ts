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
  // It keeps back variables whose names or values look like secrets, and in a GitHub action nearly all, except those
  // that an entry names; it fills in their values.
  entry: (_, launch) =>
    commandEntry({
      ...launch,
      env: { ...launch.env, ...Object.fromEntries(launch.variables.map((name) => [name, `$${name}`])) },
    }),
  addressKeys: ['httpUrl', 'url'],
  redirect: { 'oauth.callback_host': 'localhost', 'oauth.callback_path': '/oauth/callback' },
  reference: /\$(\w+)|\$\{(\w+)(?::-[^}]*)?\}/,
};
