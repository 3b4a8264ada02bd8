import { plain } from '@mcpass/auth';

// Control characters, line and paragraph separators, and what reorders text: a label stands in lines for people to copy.
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** False for a label that would not be seen as it is. */
export function isAccountLabel(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** `--account LABEL`, for a command that somebody is told to run. A stored label may be an older version's. */
export function accountWords(account: string | undefined): readonly string[] {
  return account === undefined ? [] : ['--account', plain(account, 1_000)];
}
