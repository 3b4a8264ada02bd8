import { usageError } from '../failure.js';

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** What a host calls a server: a name as it is, as far as every host takes it; a URL by its host. Throws `usage`. */
export function entryName(nameOrUrl: string): string {
  const isUrl = /^https?:\/\//i.test(nameOrUrl) && URL.canParse(nameOrUrl);
  const fitting = fittingName(isUrl ? nameOf(new URL(nameOrUrl)) : nameOrUrl);
  if (NAME.test(fitting) && fitting !== '__proto__') return fitting;
  throw usageError(`"${nameOrUrl}" gives no name for the entry: choose one with --name.`);
}

/** What a server of a host is called here; where nothing of its name is left, what its URL gives. */
export function importedName(name: string, url: string): string {
  const fitting = fittingName(name);
  return fitting === '' && URL.canParse(url) ? fittingName(nameOf(new URL(url))) : fitting;
}

function fittingName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replaceAll(/^-+|-+$/g, '');
}

// `linear` of mcp.linear.app, `localhost` of localhost:8080.
function nameOf({ hostname }: URL): string {
  if (/^[\d.:[\]a-f]+$/i.test(hostname)) return hostname;
  const labels = hostname.split('.');
  const own = labels.length > 1 ? labels.slice(0, -1) : labels;
  return own.findLast((label) => !/^(?:mcp|api|www|server)$/.test(label)) ?? hostname;
}
