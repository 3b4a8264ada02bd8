import { isJsonObject } from '@mcpass/auth';
import { BRACED, commandEntry, type Host } from './host.js';
import { directory, join } from './place.js';

// https://code.claude.com/docs/en/mcp
export const claude: Host = {
  name: 'claude',
  also: ['claude-code'],
  title: 'Claude Code',
  programs: ['claude'],
  format: 'json',
  files: (place) => [join(place, directory(place, 'CLAUDE_CONFIG_DIR') ?? place.home, '.claude.json')],
  container: () => ['mcpServers'],
  entry: (_, launch) => ({ type: 'stdio', ...commandEntry(launch) }),
  // What `claude mcp add` writes by default: servers of one directory.
  otherServers(content, cwd) {
    const projects = content['projects'];
    const project = isJsonObject(projects) ? projects[cwd] : undefined;
    return isJsonObject(project) ? [project['mcpServers']] : [];
  },
  prefersProgram: true,
  // Its documents tell people to register http://localhost:PORT/callback.
  redirect: { 'oauth.callback_host': 'localhost' },
  reference: BRACED,
};
