import { type AccessToken, McpassError } from '@mcpass/auth';

/**
 * Keeps a token from somebody who could do nothing with it: bound to a key, it is refused without a proof of that key, which
 * stays here (RFC 9449). Throws `token_bound`.
 */
export function checkTransferable({ type }: Pick<AccessToken, 'type'>, name: string): void {
  if (type !== 'DPoP') return;
  throw new McpassError(
    'token_bound',
    `The token for ${name} is bound to a key (DPoP), and useless without it; the key stays with mcpass.`,
    {
      step: 'credential',
      fault: 'server',
      remedy: {
        do: 'say',
        text: 'let mcpass bridge or mcpass call use it; --bound prints it all the same',
      },
    },
  );
}
