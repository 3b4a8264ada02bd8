/** A program and its arguments, as for `spawn` without a shell. */
export type Command = readonly [program: string, ...args: string[]];

/**
 * Splits a setting like `BROWSER` into words as a shell would, but runs none: quotes group, a backslash takes the next
 * character as it is (not on Windows, where it separates directories). Undefined when there is no word in it.
 */
export function parseCommand(text: string, platform: string): Command | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\' && platform !== 'win32' && quote !== "'" && index + 1 < text.length) {
      index += 1;
      word = (word ?? '') + text.charAt(index);
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  const [program, ...args] = words;
  return program === undefined || program === '' ? undefined : [program, ...args];
}

/** The command for one address: in place of `%s` where that stands, else as the last argument. */
export function withAddress(command: Command, address: string): Command {
  const [program, ...args] = command;
  if (!args.some((arg) => arg.includes('%s'))) return [program, ...args, address];
  return [program, ...args.map((arg) => arg.replaceAll('%s', () => address))];
}
