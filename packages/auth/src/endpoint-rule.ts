import { McpassError, type Step } from './errors.js';
import { plain, quote } from './quote.js';
import { isLoopbackHost } from './server-url.js';
import type { UnsafeOverrides } from './settings.js';

/* Which URLs another party may lead us to. MCP authorization, "Communication Security" and "Server-Side Request
   Forgery": https, or http on loopback; and a public server has no business with the private network. */

/** True for addresses that are only reachable from this machine or its network. Names are not resolved here. */
export function isPrivateHost(hostname: string): boolean {
  if (isLoopbackHost(hostname) || /\.(?:local|internal|localdomain)$/.test(hostname)) return true;
  if (hostname.startsWith('[')) {
    // Unspecified, unique local (fc00::/7), link local (fe80::/10) and IPv4 in disguise.
    return /^\[(?:::|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::ffff:)/.test(hostname);
  }
  const octets = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(hostname);
  if (octets === null) return false;
  const [a, b] = [Number(octets[1]), Number(octets[2])];
  return (
    a === 0 ||
    a === 10 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168)
  );
}

export interface EndpointRule {
  /** The MCP server: its own origin is always allowed, and what is private to it may be private. */
  readonly server: URL;
  readonly unsafe?: UnsafeOverrides | undefined;
}

/**
 * Judges a URL that metadata, a challenge or a redirect named. Returns it parsed; throws `endpoint_unsafe`.
 *
 * @param what The member or header that named it, for the message.
 */
export function judgeEndpoint(value: string, what: string, step: Step, rule: EndpointRule): URL {
  const refuse = (why: string, facts: Record<string, string> = {}) =>
    new McpassError('endpoint_unsafe', `The server's ${what} is ${quote(value)}: ${why}.`, {
      step,
      fault: 'server',
      facts: { what, value: plain(value), ...facts },
    });
  if (!URL.canParse(value)) throw refuse('not a URL');
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') throw refuse('it has a user name or password in it');
  if (url.origin === rule.server.origin) return url;
  if (url.protocol === 'http:' && rule.unsafe?.upgradeHttp === true && !isLoopbackHost(url.hostname)) {
    url.protocol = 'https:';
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    if (url.protocol === 'http:') {
      throw refuse('it must be https (a proxy in front of the server may hide that it is)', {
        override: 'unsafe.upgrade_http',
        overrideValue: 'true',
      });
    }
    throw refuse('only https is followed');
  }
  if (
    isPrivateHost(url.hostname) &&
    !isPrivateHost(rule.server.hostname) &&
    !(rule.unsafe?.privateHosts ?? []).includes(url.hostname)
  ) {
    throw refuse('a public server must not lead into a private network', {
      override: 'unsafe.private_hosts',
      overrideValue: `["${plain(url.hostname)}"]`,
    });
  }
  return url;
}
