import { McpassError, type Remedy, type Step } from '../errors.js';
import { plain, quote } from '../text.js';
import { isLoopbackHost } from './url.js';
import type { UnsafeOverrides } from './settings.js';

/* Which URLs another party may lead us to. MCP authorization, "Communication Security" and "Server-Side Request
   Forgery": https, or http on loopback; and a public server has no business with the private network. */

/** Names that are only known on a local network: RFC 6762 section 3, RFC 8375, and the names of clouds for themselves. */
const PRIVATE_NAME = /\.(?:local|internal|localdomain|home\.arpa)$/;
/* Reserved (::/8, with unspecified, loopback and IPv4 in disguise), NAT64, Teredo and 6to4 (IPv4 in disguise too),
   unique local, link local, site local, multicast. */
const PRIVATE_V6 =
  /^\[(?:::|64:ff9b:|2001:(?::|0:)|2002:|f[cd][0-9a-f]{2}:|fe[89a-f][0-9a-f]:|ff[0-9a-f]{2}:)/;

/** True for addresses that are only reachable from this machine or its network. Names are not resolved here. */
export function isPrivateHost(hostname: string): boolean {
  // The dot of a complete name leads to the same place.
  const host = hostname.replace(/\.$/, '');
  if (isLoopbackHost(host) || PRIVATE_NAME.test(host)) return true;
  if (host.startsWith('[')) return PRIVATE_V6.test(host);
  const octets = /^(\d+)\.(\d+)\.(\d+)\.\d+$/.exec(host);
  // A name without a dot is found by the search list of this machine, or not at all.
  if (octets === null) return !host.includes('.');
  const [a, b, c] = [Number(octets[1]), Number(octets[2]), Number(octets[3])];
  return (
    a === 0 ||
    a === 10 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && (b === 168 || (b === 0 && c === 0))) ||
    (a === 198 && (b === 18 || b === 19)) ||
    a >= 224
  );
}

/** IPv4 inside IPv6: mapped (RFC 4291 section 2.5.5.2), and as networks without IPv4 have it (NAT64, RFC 6052). */
const IPV4_INSIDE = /^(?:::ffff:|64:ff9b::)(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/;

/** The same for an address that a name was found to have, IPv6 without brackets. */
export function isPrivateAddress(address: string): boolean {
  if (!address.includes(':')) return isPrivateHost(address);
  const [, dotted, high = '', low = ''] = IPV4_INSIDE.exec(address.toLowerCase()) ?? [];
  if (dotted !== undefined) return isPrivateHost(dotted);
  if (high === '') return isPrivateHost(`[${address.toLowerCase()}]`);
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return isPrivateHost([a >> 8, a & 255, b >> 8, b & 255].join('.'));
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
  const refuse = (why: string, remedy?: Remedy) =>
    new McpassError('endpoint_unsafe', `The server's ${what} is ${quote(value)}: ${why}.`, {
      step,
      fault: 'server',
      facts: { what, value: plain(value) },
      ...(remedy !== undefined && { remedy }),
    });
  if (!URL.canParse(value)) throw refuse('not a URL');
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') throw refuse('it has a user name or password in it');
  // Not by the origin alone: `blob:` and `filesystem:` URLs have that of the page that made them.
  const own = url.protocol === rule.server.protocol && url.origin === rule.server.origin;
  // A server that the person wrote as http may say so itself; nothing that carries credentials may be http with it.
  const mayBeHttp = step === 'challenge' || step === 'resource' || isLoopbackHost(url.hostname);
  if (own && (url.protocol === 'https:' || mayBeHttp)) return url;
  if (url.protocol === 'http:' && rule.unsafe?.upgradeHttp === true && !isLoopbackHost(url.hostname)) {
    url.protocol = 'https:';
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    if (url.protocol === 'http:') {
      throw refuse('it must be https (a proxy in front of the server may hide that it is)', {
        do: 'configure',
        key: 'unsafe.upgrade_http',
        value: 'true',
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
      do: 'configure',
      key: 'unsafe.private_hosts',
      value: JSON.stringify([url.hostname]),
    });
  }
  return url;
}
