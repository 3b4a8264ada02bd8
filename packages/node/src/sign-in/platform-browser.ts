import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Command } from './command-line.js';

// What was for this process is not for the browser, which may be an Electron program.
const SCRIPT = `
  delete process.env.ELECTRON_RUN_AS_NODE;
  delete process.env.NODE_OPTIONS;
  const [, library, address] = process.argv;
  import(library).then(({ default: open }) => open(address)).catch(() => process.exit(1));
`;

/** Variables that make the program of this process a plain Node, wherever it is embedded. */
export const PLATFORM_BROWSER_VARIABLES: Readonly<Record<string, string>> = {
  NODE_OPTIONS: '',
  ELECTRON_RUN_AS_NODE: '1',
};

/**
 * The command that shows an address as this platform does. The library `open` gives whatever it starts the whole
 * environment of its process, so that it gets a process of its own with less in it. Where the library is says `#open` of
 * the nearest package.json: the command brings it along. Throws when it is missing.
 */
export function platformBrowser(address: string): Command {
  const library = pathToFileURL(createRequire(import.meta.url).resolve('#open')).href;
  return [process.execPath, '-e', SCRIPT, library, address];
}
