import { commandEntry, type Host } from './host.js';
import { directory, join, roaming, xdgConfig } from './place.js';

// https://zed.dev/docs/ai/mcp, https://zed.dev/docs/configuring-zed, crates/settings_content/src/project.rs
export const zed: Host = {
  name: 'zed',
  also: [],
  title: 'Zed',
  programs: ['zed', 'zeditor'],
  format: 'json',
  files(place) {
    if (place.platform === 'win32') return [join(place, roaming(place), 'Zed', 'settings.json')];
    const config =
      place.platform === 'darwin'
        ? join(place, place.home, '.config')
        : (directory(place, 'FLATPAK_XDG_CONFIG_HOME') ?? xdgConfig(place));
    return [join(place, config, 'zed', 'settings.json')];
  },
  container: () => ['context_servers'],
  entry: (_, launch) => commandEntry(launch),
  prefersProgram: true,
  // It replaces nothing in its settings.
  reference: /(?!)/,
};
