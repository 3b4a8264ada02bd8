import type { Host } from './host.js';
import { directory, join } from './place.js';

// https://developers.openai.com/codex/mcp; which variables it passes on: codex-rs/rmcp-client/src/utils.rs
export const codex: Host = {
  name: 'codex',
  also: ['codex-cli'],
  title: 'Codex',
  programs: ['codex'],
  format: 'toml',
  files: (place) => [
    join(place, directory(place, 'CODEX_HOME') ?? join(place, place.home, '.codex'), 'config.toml'),
  ],
  container: () => ['mcp_servers'],
  // Codex starts a server with a few variables of its own choice; those that ours reads are named.
  entry: (_, { command, args, env, variables }) => ({
    command,
    args,
    ...(Object.keys(env).length > 0 && { env }),
    ...(variables.length > 0 && { env_vars: variables }),
  }),
  prefersProgram: true,
  // It has keys for variables, and no notation inside values.
  reference: /(?!)/,
};
