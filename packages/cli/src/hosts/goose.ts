import type { Host } from './host.js';
import { directory, join, roaming, xdgConfig } from './place.js';

// https://block.github.io/goose/docs/guides/config-files
export const goose: Host = {
  name: 'goose',
  also: [],
  title: 'goose',
  programs: ['goose'],
  format: 'yaml',
  files(place) {
    const root = directory(place, 'GOOSE_PATH_ROOT');
    if (root !== undefined) return [join(place, root, 'config', 'config.yaml')];
    const config =
      place.platform === 'win32'
        ? join(place, roaming(place), 'Block', 'goose', 'config')
        : join(place, xdgConfig(place), 'goose');
    return [join(place, config, 'config.yaml')];
  },
  container: () => ['extensions'],
  entry: (name, { command, args, env }) => ({
    enabled: true,
    type: 'stdio',
    name,
    description: `${name}, signed in by mcpass`,
    cmd: command,
    args,
    envs: env,
    env_keys: [],
    timeout: 300,
  }),
  reference: /\$\{(\w+)\}|\$(\w+)/,
};
