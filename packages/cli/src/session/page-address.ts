import { isLoopbackHost } from '@mcpass/auth';

export type AddressVerdict =
  /** As it is shown: the host in letters that cannot be mistaken (punycode), the rest percent-encoded. */
  { readonly shown: string } | { readonly refusal: string };

const LONGEST = 4_000;

/** Whether a person may be asked to open an address that a server named. */
export function judgePageAddress(address: string): AddressVerdict {
  if (!URL.canParse(address)) return { refusal: 'it is not a URL' };
  const url = new URL(address);
  const isLocal = url.protocol === 'http:' && isLoopbackHost(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) return { refusal: 'only https is opened' };
  if (url.username !== '' || url.password !== '') return { refusal: 'it has a user name or password in it' };
  if (url.href.length > LONGEST) return { refusal: 'it is too long to be judged by a person' };
  return { shown: url.href };
}
