import { McpassError } from '../errors.js';
import { quote } from '../text.js';
import { shownUrl } from './shown-url.js';

/** True for the hosts that never leave this machine: `localhost`, 127.0.0.0/8 and ::1 (RFC 8252 section 7.3). */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}

/**
 * The MCP endpoint as a URL: https, or http on loopback or where the person wrote it; no credentials, no fragment.
 * Throws `url_invalid`.
 */
export function parseServerUrl(input: string): URL {
  const invalid = (why: string) =>
    new McpassError('url_invalid', `${quote(shownUrl(input))} ${why}.`, {
      step: 'config',
      fault: 'yours',
    });
  let url: URL;
  try {
    url = new URL(input);
  } catch {
    throw invalid('is not a URL');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid('is not an http or https URL');
  if (url.username !== '' || url.password !== '') throw invalid('has a user name or password in it');
  if (url.hash !== '') throw invalid('has a fragment, which an MCP server never sees');
  return url;
}

/**
 * The name of a server in the credential store. Host case, default port and a lone trailing slash do not make two
 * servers of one; path and query do.
 */
export function serverIdentity(input: string): string {
  const url = parseServerUrl(input);
  return url.pathname === '/' && url.search === '' ? url.origin : url.href;
}

/** The URL of the server of that name: an origin alone has a root. */
export function identityUrl(identity: string): string {
  return /^https?:\/\/[^/?]*$/.test(identity) ? `${identity}/` : identity;
}

/** True when `resource` is the server's URL, or the same origin with a leading part of its path. */
export function coversServer(resource: string, server: URL): boolean {
  if (!URL.canParse(resource)) return false;
  const covering = new URL(resource);
  if (covering.origin !== server.origin || covering.hash !== '') return false;
  if (covering.search !== '' && covering.search !== server.search) return false;
  const prefix = covering.pathname.replace(/\/$/, '');
  const path = server.pathname.replace(/\/$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}
