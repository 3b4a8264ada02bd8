import { plain } from '@mcpass/auth';

/** `--account LABEL`, for a command that somebody is told to run. A stored label may be an older version's. */
export function accountWords(account: string | undefined): readonly string[] {
  return account === undefined ? [] : ['--account', plain(account, 1_000)];
}
