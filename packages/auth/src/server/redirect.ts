import { McpassError } from '../errors.js';
import { plain, quote } from '../text.js';
import { withoutQueryValues } from './shown-url.js';

/** Redirects followed for one request. */
export const REDIRECT_LIMIT = 3;

/** The statuses that send a request elsewhere (RFC 9110 section 15.4). */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

export interface Redirect {
  /** The address that answered. */
  readonly from: URL;
  readonly location: string;
  readonly status: number;
  readonly method: string;
  /** Redirects followed before this one. */
  readonly hop: number;
  /** The MCP server. */
  readonly server: URL;
}

/** Where a request to an MCP server is sent again. Throws `redirect_refused`. */
export function judgeRedirect(redirect: Redirect): URL {
  const { from, location, hop } = redirect;
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (to === undefined || hop >= REDIRECT_LIMIT || !staysWithServer(to, redirect)) {
    throw redirectRefused(from, location);
  }
  return to;
}

/**
 * A token follows nobody to another origin (MCP authorization, "Access Token Usage"), and a POST does not become a GET
 * on the way (RFC 9110 section 15.4): that would lose the message without a word.
 */
export function staysWithServer(
  to: URL,
  { status, method, server }: Pick<Redirect, 'status' | 'method' | 'server'>,
): boolean {
  const keepsMethod = status === 307 || status === 308 || /^(?:get|head)$/i.test(method);
  return keepsMethod && isSameServer(to, server);
}

/**
 * Whether an address is the server's own, so that a credential may go there. A `blob:` has the origin of whoever made it, and
 * a user name would go out as another Authorization.
 */
export function isSameServer(to: URL, server: URL): boolean {
  const isOwn = to.protocol === server.protocol && to.origin === server.origin;
  return isOwn && to.username === '' && to.password === '';
}

/** For messages: a server may send back what was in the query of the request. */
export function shownLocation(from: URL, location: string): string {
  return URL.canParse(location, from) ? withoutQueryValues(new URL(location, from)) : plain(location);
}

export function redirectRefused(from: URL, location: string): McpassError {
  const to = shownLocation(from, location);
  return new McpassError('redirect_refused', `${from.host} redirects to ${quote(to, 160)}.`, {
    step: 'session',
    fault: 'server',
    facts: { url: withoutQueryValues(from), location: to },
    remedy: { do: 'say', text: 'if that is where the server lives now, configure that URL' },
  });
}
