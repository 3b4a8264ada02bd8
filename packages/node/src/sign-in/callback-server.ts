import type { Readable } from 'node:stream';
import { type ConsentRequest, McpassError, type CallbackServer, type RedirectWish } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import type { Surroundings } from '../surroundings.js';
import { chooseBrowser, openBrowser } from './browser.js';
import { createCallbackHandler } from './callback-handler.js';
import { openListener } from './listener.js';
import {
  checkAddress,
  describeAsked,
  describeRequest,
  describeWhere,
  describeWaiting,
  duration,
  timeLeft,
} from './conversation.js';
import { readPaste } from './paste.js';
import { planRedirect, spellRedirect } from './redirect-uri.js';

export interface UserOptions {
  /** Where the conversation goes (standard error): one line at a time, without its line end. */
  readonly say: (line: string) => void;
  readonly surroundings: Surroundings;
  readonly env: Environment;
  /** `process.platform` when absent. */
  readonly platform?: string;
  /** Name of the server for the first line; its URL alone when absent. */
  readonly name?: string | undefined;
  /** Label of the account, where it has one. */
  readonly account?: string | undefined;
  /** `--browser PROGRAM`; `none` only prints. */
  readonly browser?: string | undefined;
  /** `--no-browser`. */
  readonly noBrowser?: boolean | undefined;
  /**
   * Where a pasted address may come from. Not read when absent, nor when it is no terminal, unless
   * `pasteWithoutTerminal` says so.
   */
  readonly input?: (Readable & { readonly isTTY?: boolean }) | undefined;
  readonly pasteWithoutTerminal?: boolean | undefined;
  /** Names of variables that hold secrets: no browser gets to see them, nor our own. Asked before one is started. */
  readonly secretVariables?: (() => readonly string[]) | undefined;
  /** The conversation goes into a log, beside other things: the address in one line, and what happens in another. */
  readonly brief?: boolean | undefined;
  /**
   * What comes of it where nobody can answer: no terminal, no browser that could be opened, no more standard input. Waits when
   * absent: somebody may still come to the listener. `given_up` ends at once; so does `begun`, for a sign-in that is kept
   * for whoever opens the address and goes on with it.
   */
  readonly unattended?: 'given_up' | 'begun' | undefined;
  /** The command that signs in by a code on any device: told where no browser is and the server takes one. */
  readonly deviceCommand?: string | undefined;
  /** Columns of the terminal that the conversation goes to: where they suffice, a code is also shown as a picture. */
  readonly columns?: number | undefined;
  /** The question is carried to a person by somebody else, so that nobody need be here. */
  readonly answeredElsewhere?: boolean | undefined;
}

/** Milliseconds of silence before the first word that we are still waiting, and between further ones. */
const REMINDER_MS = 60_000;

/** Opens the place where one sign-in's answer will arrive. Throws `port_in_use`. */
export async function openCallbackServer(options: UserOptions, wish: RedirectWish): Promise<CallbackServer> {
  const plan = planRedirect(wish);
  const handler = createCallbackHandler({ path: plan.path, host: plan.host });
  const listener = await openListener({
    ...(plan.port === undefined ? {} : { port: plan.port }),
    fixed: plan.fixed,
    handle: handler.handle,
  });

  let where = '';

  return {
    ...spellRedirect(plan, listener.port),

    async ask(request) {
      where = describeWhere(request, options);
      const address = checkAddress(request.authorizationUrl);
      const secretVariables = options.secretVariables?.();
      for (const line of describeRequest(request, address, options)) options.say(line);

      const over = new AbortController();
      const arrivals = [handler.wait((parameters) => request.accepts(parameters))];
      const input = pasteInput(options);
      let endInput = () => {};
      const inputEnded = new Promise<void>((resolve) => (endInput = resolve));
      if (input !== undefined) {
        const accepts = (parameters: URLSearchParams) => request.accepts(parameters);
        const onEnd = () => endInput();
        arrivals.push(readPaste({ input, say: options.say, accepts, onEnd, signal: over.signal }));
      }
      const shown = showAndRemind(options, request, {
        address,
        port: listener.port,
        secretVariables,
        inputEnded,
        over: over.signal,
      });
      try {
        return await Promise.race([...arrivals, shown, failure(request, over.signal)]);
      } finally {
        over.abort();
      }
    },

    settle: (outcome) => handler.settle(outcome, where),

    async close() {
      await handler.close();
      await listener.close();
    },
  };
}

function pasteInput(options: UserOptions): UserOptions['input'] {
  const { input, pasteWithoutTerminal } = options;
  return input?.isTTY === true || pasteWithoutTerminal === true ? input : undefined;
}

interface Showing {
  readonly address: URL;
  readonly port: number;
  readonly secretVariables: readonly string[] | undefined;
  /** Resolves when the pipe that an address could be pasted into has ended; never without one. */
  readonly inputEnded: Promise<void>;
  /** Aborted when there is nothing to wait for any more. */
  readonly over: AbortSignal;
}

/**
 * Tries a browser, says what is waited for, and says so again now and then. Rejects where nobody can come; else it never
 * settles.
 */
async function showAndRemind(
  options: UserOptions,
  request: ConsentRequest,
  showing: Showing,
): Promise<never> {
  const { say, env, surroundings } = options;
  const { over } = showing;
  const endsMs = Date.now() + request.timeoutMs;
  const platform = options.platform ?? process.platform;
  const choice = chooseBrowser({ ...options, platform });
  const opened = await openBrowser(choice, showing.address.href, env, showing.secretVariables);
  // Told to open none, this process leaves it to somebody who sees the address.
  const couldOpen = chooseBrowser({ ...options, platform, noBrowser: false }).kind !== 'none';
  const leftAlone = options.unattended !== undefined && !(options.noBrowser === true ? couldOpen : opened);
  const input = pasteInput(options);
  if (leftAlone && input === undefined && !surroundings.terminal) endUnattended(options, showing);
  if (over.aborted) return new Promise<never>(() => undefined);
  const paste = input && (input.isTTY === true ? ('terminal' as const) : ('pipe' as const));
  const { timeoutMs, takesDevice } = request;
  const { brief } = options;
  const deviceCommand = takesDevice === true ? options.deviceCommand : undefined;
  const notice = { opened, choice, surroundings, port: showing.port, paste, timeoutMs, deviceCommand, brief };
  const lines = describeWaiting(notice);
  for (const line of brief === true ? [lines.join(' ')] : lines) say(line);

  const reminder = setInterval(() => {
    const leftMs = endsMs - Date.now();
    if (leftMs > 0) say(`Still waiting for the sign-in, ${timeLeft(leftMs)} left.`);
  }, REMINDER_MS);
  over.addEventListener('abort', () => clearInterval(reminder), { once: true });
  if (leftAlone) await showing.inputEnded.then(() => endUnattended(options, showing));
  return new Promise<never>(() => undefined);
}

function endUnattended({ unattended }: UserOptions, { address }: Showing): never {
  const message = 'Nobody can sign in here: no browser could be opened, and nobody is at a terminal.';
  throw new McpassError('login_required', message, {
    step: 'authorization',
    fault: 'yours',
    remedy:
      unattended === 'begun' ? { do: 'finish_sign_in', authorizationUrl: address.href } : { do: 'sign_in' },
  });
}

/** Rejects when the time is up or the caller gives up. */
function failure(request: ConsentRequest, over: AbortSignal): Promise<never> {
  const { timeoutMs, signal } = request;
  return new Promise((_resolve, reject) => {
    const interrupt = () =>
      reject(
        new McpassError('interrupted', 'The sign-in was interrupted.', {
          step: 'authorization',
          fault: 'yours',
          remedy: { do: 'sign_in' },
          cause: signal?.reason,
        }),
      );
    const timer = setTimeout(() => {
      const message = `Nobody signed in within ${duration(timeoutMs)}. ${describeAsked(request)}`;
      reject(
        new McpassError('login_timeout', message, {
          step: 'authorization',
          fault: 'yours',
          remedy: { do: 'sign_in' },
        }),
      );
    }, timeoutMs);
    over.addEventListener('abort', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
    });
    signal?.addEventListener('abort', interrupt, { once: true });
    if (signal?.aborted === true) interrupt();
  });
}
