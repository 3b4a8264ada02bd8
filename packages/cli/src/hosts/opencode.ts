import { isJsonObject } from '@mcpass/auth';
import type { Host, Values } from './host.js';
import { join, xdgConfig } from './place.js';

/**
 * https://opencode.ai/docs/mcp-servers. Version 1 has the servers under `mcp`, version 2 under `mcp.servers`, and reads
 * version 1's files too: so a file gets what it has already, and a new one what both read.
 */
export const opencode: Host = {
  name: 'opencode',
  also: [],
  title: 'opencode',
  programs: ['opencode', 'opencode2'],
  format: 'json',
  files: (place) =>
    ['opencode.jsonc', 'opencode.json'].map((name) => join(place, xdgConfig(place), 'opencode', name)),
  container: (content) => (hasServerMap(content) ? ['mcp', 'servers'] : ['mcp']),
  entry: (_, { command, args, env }) => ({
    type: 'local',
    command: [command, ...args],
    ...(Object.keys(env).length > 0 && { environment: env }),
  }),
  otherServers: (content) => (hasServerMap(content) ? [content['mcp']] : []),
  redirect: { 'oauth.callback_port': 19_876, 'oauth.callback_path': '/mcp/oauth/callback' },
  reference: /\{env:(\w+)\}/,
};

// In version 1 it would be a server that is called "servers".
function hasServerMap(content: Values): boolean {
  const servers = isJsonObject(content['mcp']) ? content['mcp']['servers'] : undefined;
  return (
    isJsonObject(servers) &&
    !('type' in servers || 'command' in servers || typeof servers['enabled'] === 'boolean')
  );
}
