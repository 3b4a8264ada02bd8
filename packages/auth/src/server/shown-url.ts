import { isGuid, isIssuedKey, isSecretName, looksRandom } from '../likely-secret.js';
import { plain } from '../text.js';

/** Characters of an address that are shown. */
const LIMIT = 1_000;

/** What nearly every address is, of which thousands may be shown: a host and a path, no part of it as long as a secret. */
const ORDINARY = /^https?:\/\/(?:[a-z\d-]{1,15}[.:])*[a-z\d-]{1,15}(?:\/[\w.~-]{0,15})*$/;

/**
 * The address of a server for people and for answers that are kept: user name, password, and what is a secret by the look
 * of it in path and query are `…`. Some providers' addresses are the credential. What cannot be read as a URL may have its
 * password anywhere before the last "@".
 */
export function shownUrl(text: string): string {
  if (text.length <= LIMIT && ORDINARY.test(text)) return text;
  const user = URL.canParse(text)
    ? /^(\s*[a-z][a-z\d+.-]*:[\\/]*)[^\\/?#]*@/i
    : /^(\s*[a-z][a-z\d+.-]*:[\\/]*)?.*@/is;
  const [, head = '', query, fragment] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(text.replace(user, '$1…@')) ?? [];
  return plain(maskedPath(head) + maskedQuery(query ?? '') + (fragment === undefined ? '' : '#…'), LIMIT);
}

/** An address for logs and messages: the names in its query, not the values. */
export function withoutQueryValues(url: URL): string {
  const names = [...new Set(url.searchParams.keys())];
  const query =
    names.length === 0 ? '' : `?${names.map((name) => `${encodeURIComponent(name)}=…`).join('&')}`;
  // Other schemes than http have no origin.
  const place = url.origin === 'null' ? url.protocol : url.origin;
  return plain(`${place}${maskedPath(url.pathname)}${query}`, 500);
}

/** Followed by one of these, an identifier is the name of a tenant, without which nobody understands the address. */
const BEHIND_TENANT = /^(?:oauth2|v\d+(?:\.\d+)?|discovery)$/;

function maskedPath(path: string): string {
  const parts = path.split('/');
  return parts
    .map((part, index) => {
      const isTenant = BEHIND_TENANT.test(parts[index + 1] ?? '');
      return isSecretPart(part) && !(isTenant && isGuid(part)) ? '…' : part;
    })
    .join('/');
}

function maskedQuery(query: string): string {
  return query.replaceAll(/([?&;])([^=&;]*)=([^&;]+)/g, (pair, before: string, name: string, value: string) =>
    isSecretName(name) || isSecretPart(value) ? `${before}${name}=…` : pair,
  );
}

function isSecretPart(written: string): boolean {
  const part = decoded(written);
  return isGuid(part) || isIssuedKey(part) || looksRandom(part);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
