import { quote } from '@mcpass/auth';
import type { Command } from './command-line.js';

// `cmd` and PowerShell take their arguments apart themselves, whatever the quoting.
const COMMAND_PARSERS = /^(?:cmd|command|powershell|pwsh|powershell_ise)$/;
const WORD_END = /[\s"'`$;|&(){}<>=,]/;
/** Programs that run a script from their command line, once they are told so by an option. */
const SHELLS =
  /^(?:r?bash|sh|d?ash|zsh|[lm]?ksh|pdksh|hush|yash|fish|t?csh|elvish|xonsh|nu|busybox|toybox|script|runuser|flock|nix-shell)$/;
/** Programs that join their arguments into one line, which a shell reads: here, in a terminal or on another machine. */
const JOINERS =
  /^(?:(?:auto)?ssh|slogin|rsh|mosh|plink|tsh|adb|wsl|su|tmux|screen|zellij|byobu|dvtm|abduco|watch|eval|parallel|entr|socat|distrobox(?:-enter)?)$/;
const TERMINALS =
  /^(?:u?xterm|u?rxvt|lxterm|lxterminal|aterm|eterm|mlterm|konsole|terminator|tilix|guake|terminology|qterminal|deepin-terminal|x-terminal-emulator|(?:gnome|mate|xfce4|io\.elementary)[-.]terminal)$/;

// `-c`, `-lc`, `/c`, `-Command`, `--command=…`; `-e` and `--eval` of other languages.
const SCRIPT_OPTION =
  /^(?:[-+][a-z]*c[a-z]*|\/[ckr]|--?(?:init-)?commands?(?:=.*)?|--(?:run|eval)(?:=.*)?)$/i;
const EVAL_OPTION = /^(?:-[a-z]{0,3}[cer]|--?(?:command|eval|execute|expression|print|run))$/i;
const EXECUTE_OPTION = /^(?:-[ex]|--(?:command|exec|execute)(?:=.*)?)$/i;
// A word that is more than an address, a path or an option with one: somebody's script.
const SCRIPT_WORD = /[\s"'`$;|&(){}<>\\]/;

/**
 * Why an address may not be handed to this command: it would be read as part of a script, by a shell or another
 * language. Undefined when it would not, as far as the words show. Pure.
 *
 * The words behind the program count like itself: `env`, `nohup` and their kind start what follows.
 */
export function judgeBrowserCommand(command: Command): string | undefined {
  const names = command.flatMap((word) => word.split(WORD_END)).map(programName);
  const [, ...args] = command;
  const words = command.flatMap((word) => word.split(/\s+/));
  const find = (pattern: RegExp) => names.find((name) => pattern.test(name));
  const has = (option: RegExp) => words.some((word) => option.test(word));

  const joiner = find(COMMAND_PARSERS) ?? find(JOINERS);
  if (joiner !== undefined) return `${quote(joiner, 40)} makes a line for a shell of the address`;
  const shell = find(SHELLS);
  if (shell !== undefined && has(SCRIPT_OPTION)) {
    return `${quote(shell, 40)} is a shell and would read the address as a script`;
  }
  if (find(/^env$/) !== undefined && has(/^(?:-[a-z]*S|--split-string)/)) {
    return '"env" takes the words apart itself';
  }
  if (find(/^sudo$/) !== undefined && has(/^(?:-[a-z]*[si][a-z]*|--(?:shell|login))$/i)) {
    return '"sudo" makes a line for a shell of the address';
  }
  const terminal = find(TERMINALS);
  if (terminal !== undefined && has(EXECUTE_OPTION)) {
    return `${quote(terminal, 40)} makes a line for a shell of the address`;
  }
  return judgePlace(args);
}

/** Whether the address would stand inside a script, or where a program takes one. */
function judgePlace(args: readonly string[]): string | undefined {
  const script = args.find((word) => word.includes('%s') && SCRIPT_WORD.test(word));
  if (script !== undefined) return `${quote(script, 80)} is a script, and a shell or the like would read it`;
  const places = args.flatMap((word, index) => (word.includes('%s') ? [index] : []));
  for (const index of places.length > 0 ? places : [args.length]) {
    const before = args[index - 1];
    if (before !== undefined && EVAL_OPTION.test(before)) {
      return `what follows ${quote(before, 40)} is a script, and a shell or the like would read it`;
    }
  }
  return undefined;
}

function programName(word: string): string {
  const name = word.split(/[/\\]/).pop() ?? word;
  // `bash-5.2` is a bash.
  return name
    .toLowerCase()
    .replace(/\.(?:exe|com)$/, '')
    .replace(/[-.]?\d[\d.]*$/, '');
}
