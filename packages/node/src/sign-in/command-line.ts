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

// `cmd` and PowerShell take their arguments apart themselves, whatever the quoting.
const COMMAND_PARSERS = /^(?:cmd|powershell|pwsh)(?:\.exe)?$/i;
const SHELLS = /^(?:sh|bash|dash|zsh|ksh|fish)(?:\.exe)?$/i;

/**
 * True when the program would read the address as part of a script. Another party wrote the address, and `&` or `$(`
 * in it would become commands (as in CVE-2025-6514).
 */
export function readsAddressAsScript(command: Command): boolean {
  const [program, ...args] = command;
  const name = program.split(/[/\\]/).pop() ?? program;
  if (COMMAND_PARSERS.test(name)) return true;
  return SHELLS.test(name) && args.some((arg) => arg !== '%s' && arg.includes('%s'));
}
