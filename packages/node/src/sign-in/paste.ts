import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import { McpassError } from '@mcpass/auth';

/** What a pasted line is. */
export type Pasted =
  | { readonly kind: 'callback'; readonly parameters: URLSearchParams }
  | { readonly kind: 'empty' }
  /** Not usable; `hint` says what to paste instead. */
  | { readonly kind: 'other'; readonly hint: string };

/** Longest line looked at, in characters: far above any redirect. */
const LINE_LIMIT = 64 * 1024;

/**
 * Reads a pasted line: the address that the browser ended on, or its part after the `?`. A bare code is refused,
 * because without the `state` beside it nobody can tell whose it is (RFC 6749 section 10.12). Pure.
 */
export function parsePaste(line: string): Pasted {
  const text = line
    .slice(0, LINE_LIMIT)
    .trim()
    .replace(/^["'<]+|["'>]+$/g, '');
  if (text === '') return { kind: 'empty' };
  const parameters = new URLSearchParams(queryOf(text));
  const answer = parameters.has('code') || parameters.has('error');
  if (answer && parameters.has('state')) return { kind: 'callback', parameters };
  if (parameters.has('response_type') || parameters.has('code_challenge')) {
    return { kind: 'other', hint: 'That is the address to open. Paste the one that the browser ended on.' };
  }
  if (answer) return { kind: 'other', hint: 'That address has no state in it. Paste the whole of it.' };
  return {
    kind: 'other',
    hint: 'That is no answer to this sign-in. Paste the whole address that the browser ended on.',
  };
}

function queryOf(text: string): string {
  const mark = text.indexOf('?');
  const query = mark === -1 ? text : text.slice(mark + 1);
  const fragment = query.indexOf('#');
  return fragment === -1 ? query : query.slice(0, fragment);
}

export interface PasteOptions {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly say: (line: string) => void;
  readonly accepts: (parameters: URLSearchParams) => boolean;
  /** Told when an input ends that had nothing but empty lines in it. */
  readonly onEnd?: () => void;
  /** Ends the reading and lets go of the input. */
  readonly signal: AbortSignal;
}

/**
 * The first pasted answer that belongs to this sign-in. Never settles when the signal is aborted, nor when an input
 * without a line ends. Rejects with `login_required` when a pipe ends after lines none of which was the answer.
 */
export function readPaste(options: PasteOptions): Promise<URLSearchParams> {
  const { input, say, accepts, onEnd, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return;
    let wrong = 0;
    const lines = createInterface({
      input,
      // The line editor of the terminal driver cuts lines at 1,024 (macOS) or 4,096 characters; Node's does not. What
      // is pasted holds a code: it is not echoed.
      terminal: input.isTTY === true,
      output: new Writable({ write: (_chunk, _encoding, done) => done() }),
      historySize: 0,
    });
    signal.addEventListener('abort', () => lines.close(), { once: true });
    lines.on('line', (line) => {
      const pasted = parsePaste(line);
      if (pasted.kind !== 'empty') wrong += 1;
      if (pasted.kind === 'other') say(pasted.hint);
      if (pasted.kind !== 'callback') return;
      if (accepts(pasted.parameters)) resolve(pasted.parameters);
      else
        say('That address belongs to another sign-in (its state is not ours). Still waiting for this one.');
    });
    lines.on('close', () => {
      // Whoever wrote to the pipe has nothing more to say, and would wait for an answer that cannot come.
      if (input.isTTY === true || signal.aborted) return;
      if (wrong > 0) reject(noAnswer());
      else onEnd?.();
    });
    lines.on('SIGINT', interrupt);
  });
}

function noAnswer(): McpassError {
  return new McpassError(
    'login_required',
    'Standard input has ended, and nothing in it was the answer to this sign-in.',
    {
      step: 'authorization',
      fault: 'yours',
      remedy: { do: 'say', text: 'run the same command again with the address that the browser ended on' },
    },
  );
}

/** Ctrl-C reaches Node's line editor as a character; it goes where it was meant to go. */
function interrupt(): void {
  if (process.listenerCount('SIGINT') > 0) process.emit('SIGINT', 'SIGINT');
  else process.kill(process.pid, 'SIGINT');
}
