import type { Format } from './format.js';

export async function loadFormat(name: 'json' | 'toml' | 'yaml'): Promise<Format> {
  switch (name) {
    case 'toml':
      return (await import('./toml.js')).toml;
    case 'yaml':
      return (await import('./yaml.js')).yaml;
    default:
      return (await import('./json.js')).json;
  }
}
