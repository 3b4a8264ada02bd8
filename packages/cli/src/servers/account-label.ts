import { plain, replaceUnsafe } from '@mcpass/auth';

/** False for a label that would not be seen as it is: it stands in lines for people to copy. */
export function isAccountLabel(text: string): boolean {
  return replaceUnsafe(text, () => '') === text;
}

/** `--account LABEL`, for a command that somebody is told to run. A stored label may be an older version's. */
export function accountWords(account: string | undefined): readonly string[] {
  return account === undefined ? [] : ['--account', plain(account, 1_000)];
}
