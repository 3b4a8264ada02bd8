import { plain } from '../text.js';

/** An address for logs and messages: the names in its query, not the values. */
export function withoutQueryValues(url: URL): string {
  const names = [...new Set(url.searchParams.keys())];
  const query =
    names.length === 0 ? '' : `?${names.map((name) => `${encodeURIComponent(name)}=…`).join('&')}`;
  // Other schemes than http have no origin.
  const place = url.origin === 'null' ? url.protocol : url.origin;
  return plain(`${place}${url.pathname}${query}`, 500);
}
