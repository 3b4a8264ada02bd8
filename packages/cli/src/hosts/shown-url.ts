import { plain } from '@mcpass/auth';

/** A URL of a host for people, without what may be secret in it: user name, password, query and fragment. */
export function shownUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url !== undefined && url.username === '' && url.password === '';
  // What cannot be read may have its password anywhere before the last "@".
  const bare = isBare ? text : text.replace(/^(\s*[a-z][a-z\d+.-]*:[\\/]*)?.*@/is, '$1');
  return plain(bare.replace(/[?#].*$/s, ''), 200);
}
