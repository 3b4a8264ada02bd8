import type { CommandEntry } from '../command.js';

/** Every command, in the order of the overview. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'add',
    summary: 'write a server to the configuration',
    load: async () => (await import('./add.js')).add,
  },
  {
    name: 'login',
    summary: 'sign in to a server',
    load: async () => (await import('./login.js')).login,
  },
  {
    name: 'logout',
    summary: 'revoke a sign-in and forget it',
    load: async () => (await import('./logout.js')).logout,
  },
  {
    name: 'status',
    summary: 'who, where, which scopes, until when',
    load: async () => (await import('./status.js')).status,
  },
  {
    name: 'list',
    summary: 'the servers, one line each',
    load: async () => (await import('./list.js')).list,
  },
  {
    name: 'get',
    summary: "one server's configuration",
    load: async () => (await import('./get.js')).get,
  },
  {
    name: 'remove',
    summary: 'log out and remove a server',
    load: async () => (await import('./remove.js')).remove,
  },
  {
    name: 'token',
    summary: 'print a fresh access token',
    load: async () => (await import('./token.js')).token,
  },
  {
    name: 'refresh',
    summary: 'renew a sign-in now',
    load: async () => (await import('./refresh.js')).refresh,
  },
  {
    name: 'tools',
    summary: 'the tools of a server',
    load: async () => (await import('./tools.js')).tools,
  },
  {
    name: 'call',
    summary: 'call a tool',
    load: async () => (await import('./call.js')).call,
  },
  {
    name: 'resources',
    summary: 'the resources of a server',
    load: async () => (await import('./resources.js')).resources,
  },
  {
    name: 'read',
    summary: 'read a resource',
    load: async () => (await import('./read.js')).read,
  },
  {
    name: 'prompts',
    summary: 'the prompts of a server',
    load: async () => (await import('./prompts.js')).prompts,
  },
  {
    name: 'prompt',
    summary: 'get a prompt',
    load: async () => (await import('./prompt.js')).prompt,
  },
  {
    name: 'bridge',
    summary: 'be a stdio MCP server that relays to a remote one',
    load: async () => (await import('./bridge.js')).bridge,
  },
  {
    name: 'connect',
    summary: 'make a host use a server through mcpass',
    load: async () => (await import('./connect.js')).connect,
  },
  {
    name: 'import',
    summary: 'take over the remote servers of a host',
    load: async () => (await import('./import.js')).importServers,
  },
  {
    name: 'credential',
    summary: 'carry a sign-in to another machine, encrypted',
    load: async () => (await import('./credential.js')).credential,
  },
  {
    name: 'client',
    summary: 'print the metadata document of a client of your own',
    load: async () => (await import('./client.js')).client,
  },
  {
    name: 'sandbox',
    summary: 'run a simulated provider on this machine',
    load: async () => (await import('./sandbox.js')).sandbox,
  },
  {
    name: 'config',
    summary: 'find, explain or edit the configuration',
    load: async () => (await import('./config.js')).config,
  },
  {
    name: 'uninstall',
    summary: 'sign out everywhere and take mcpass off this machine',
    load: async () => (await import('./uninstall.js')).uninstall,
  },
  {
    name: 'completion',
    summary: 'completion for bash, zsh, fish or PowerShell',
    load: async () => (await import('./completion.js')).completion,
  },
  {
    name: 'help',
    summary: 'help on a command or a topic',
    load: async () => (await import('./help.js')).createHelp(COMMANDS),
  },
  {
    name: 'complete',
    summary: 'what completion scripts call',
    hidden: true,
    load: async () => (await import('./complete.js')).createComplete(COMMANDS),
  },
];
