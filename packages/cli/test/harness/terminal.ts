import { spawn, spawnSync } from 'node:child_process';
import { type Machine, PROGRAM, type RunOptions } from './command.js';

/** Whether a terminal can be had here. */
export const hasTerminal: boolean =
  process.platform === 'linux' && spawnSync('which', ['script']).status === 0;

/** What a person is asked at the first sign-in on a machine without a keyring. */
export const PLAIN_QUESTION = 'Keep them so? [y/N] ';

/** Runs the command at a terminal and types answers as the questions come; what the terminal showed. */
export function atTerminal(
  machine: Machine,
  words: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
  { cwd, env, columns }: Pick<RunOptions, 'cwd' | 'env'> & { readonly columns?: number } = {},
): Promise<string> {
  const wide = columns === undefined ? '' : `stty cols ${columns}; `;
  const child = spawn('script', ['-qec', wide + ['node', PROGRAM, ...words].join(' '), '/dev/null'], {
    cwd,
    // So wide that no line is broken: whoever looks at that says how wide, by the terminal or by the variable.
    env: { ...machine.env, TERM: 'xterm', ...(columns === undefined && { COLUMNS: '1000' }), ...env },
  });
  const left = [...answers];
  // Answered with yes by every test that is about something else.
  let agreed = answers.some(([question]) => question === PLAIN_QUESTION);
  let shown = '';
  let from = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (!agreed && shown.includes(PLAIN_QUESTION)) {
      agreed = true;
      setTimeout(() => child.stdin.write('y\r'), 200);
    }
    const [question, answer] = left[0] ?? [];
    const at = question === undefined ? -1 : shown.indexOf(question, from);
    if (question === undefined || at < 0) return;
    from = at + question.length;
    left.shift();
    // Once the line editor listens. Nobody presses Enter after Ctrl-C.
    setTimeout(() => child.stdin.write(answer === '\u0003' ? answer : `${answer}\r`), 200);
  });
  return new Promise((resolve) => child.once('close', () => resolve(shown)));
}
