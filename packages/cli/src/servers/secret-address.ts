import { plain, shownUrl } from '@mcpass/auth';

/** What is said once, when such an address is written down; from then on nobody is shown all of it. */
export const SECRET_IN_ADDRESS =
  'its address has a secret in it, which only the configuration shows: keep that file to yourself';

/** Whether an address alone lets in, as those of some providers do. */
export function hasSecretAddress(url: string): boolean {
  return shownUrl(url) !== plain(url, 1_000);
}
