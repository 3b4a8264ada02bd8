import type { Host } from './host.js';
import { directory, join, roaming, xdgConfig } from './place.js';

// https://goose-docs.ai/docs/guides/config-files; crates/goose/src/config/extensions.rs
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
  // Under another one it would write the entry a second time, when it is switched off there.
  key: (name) => name.toLowerCase(),
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
  fillsIn: true,
  reference: /\$\{(\w+)\}|\$(\w+)/,
};
