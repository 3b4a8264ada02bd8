import { commandEntry, ENV_BRACED, type Host } from './host.js';
import { applicationSupport, join } from './place.js';

// https://code.visualstudio.com/docs/agents/reference/mcp-configuration
export const vscode: Host = {
  name: 'vscode',
  also: ['vs-code', 'code'],
  title: 'VS Code',
  programs: ['code'],
  format: 'json',
  files: (place) => [join(place, applicationSupport(place), 'Code', 'User', 'mcp.json')],
  container: () => ['servers'],
  entry: (_, launch) => ({ type: 'stdio', ...commandEntry(launch) }),
  prefersProgram: true,
  reference: ENV_BRACED,
};
