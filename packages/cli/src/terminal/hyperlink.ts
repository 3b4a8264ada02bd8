import { openableAddress } from '@mcpass/auth';

/** Terminals that show OSC 8 links, by the variables that they set. What is unknown is shown plain text. */
const BY_PROGRAM: ReadonlySet<string> = new Set([
  'iTerm.app',
  'WezTerm',
  'vscode',
  'ghostty',
  'Hyper',
  'rio',
  'mintty',
  'WarpTerminal',
  'Tabby',
]);
const BY_TERM = /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|contour|wezterm)/;
const BY_VARIABLE = ['WT_SESSION', 'KITTY_WINDOW_ID', 'DOMTERM'] as const;

/** Whether a terminal knows links. Asked for a stream that is one. */
export function knowsLinks(env: NodeJS.ProcessEnv): boolean {
  const { TERM = '', TERM_PROGRAM = '' } = env;
  if (TERM === 'dumb' || (env['NO_COLOR'] ?? '') !== '') return false;
  if (BY_PROGRAM.has(TERM_PROGRAM) || BY_TERM.test(TERM)) return true;
  // tmux 3.4 hands them on; screen, and a tmux of before, show nothing of them or garbage.
  if (TERM_PROGRAM === 'tmux') return Number.parseFloat(env['TERM_PROGRAM_VERSION'] ?? '') >= 3.4;
  if (/^(?:screen|tmux)/.test(TERM)) return false;
  // 0.50 is the first release of VTE with links; 20.12 of Konsole.
  if (Number(env['VTE_VERSION'] ?? 0) >= 5_000 || Number(env['KONSOLE_VERSION'] ?? 0) >= 201_200) return true;
  return BY_VARIABLE.some((name) => (env[name] ?? '') !== '');
}

/** The addresses of a line as links that a terminal opens; what is seen stays the whole address. */
export function linkAddresses(line: string): string {
  if (!line.includes('://')) return line;
  // What is masked or cut goes on with a character that is not ASCII: the rest would lead elsewhere.
  return line.replace(/https?:\/\/[!-~]+(?![!-~]|\P{ASCII})/gu, (found) => {
    const address = found.replace(/["'<>()`].*$/, '').replace(/[.,;:!?\]…]+$/, '');
    const target = openableAddress(address);
    if (target === undefined) return found;
    return `\u001b]8;;${target.href}\u001b\\${address}\u001b]8;;\u001b\\${found.slice(address.length)}`;
  });
}
