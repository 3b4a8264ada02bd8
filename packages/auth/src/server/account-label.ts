import { replaceUnsafe } from '../text.js';

/**
 * What is wrong with a label that chooses among the accounts of a server, in words that read on after its place: it stands in
 * lines for people to copy, and has to be seen as it is.
 */
export function judgeAccountLabel(label: string): string | undefined {
  return replaceUnsafe(label, () => '') === label
    ? undefined
    : 'must be a label without invisible or control characters';
}
