import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackHost, type Outcome } from '@mcpass/auth';
import { PAGE_HEADERS, type PageText, renderPage } from './page.js';

export interface CallbackHandlerOptions {
  /** The one path of the callback. */
  readonly path: string;
  /** A host beside those of loopback under which the server is reached (`callback_url`). */
  readonly host?: string;
}

/** Answers whatever comes to the listener, and lets one callback in. */
export interface CallbackHandler {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** The first callback that `accepts` takes; its browser waits until `settle`. */
  wait(accepts: (parameters: URLSearchParams) => boolean): Promise<URLSearchParams>;
  /** Takes no more and shows the waiting browser how it ended; `where` names server and account. */
  settle(outcome: Outcome, where: string): Promise<void>;
  /** Takes no more; a browser that still waits is told that the sign-in was stopped. */
  close(): Promise<void>;
}

type Stage =
  | { readonly name: 'early' }
  | {
      readonly name: 'waiting';
      readonly accepts: (parameters: URLSearchParams) => boolean;
      readonly take: (parameters: URLSearchParams) => void;
    }
  | { readonly name: 'taken'; readonly browser: ServerResponse }
  | { readonly name: 'shut' };

/** Milliseconds that a browser gets to read its page. */
const READ_MS = 2_000;

export function createCallbackHandler(options: CallbackHandlerOptions): CallbackHandler {
  let stage: Stage = { name: 'early' };

  const end = async (status: number, page: PageText) => {
    const last = stage;
    stage = { name: 'shut' };
    if (last.name === 'taken') await showAndWait(last.browser, status, page);
  };

  return {
    handle(request, response) {
      response.on('error', () => response.destroy());
      const target = judgeTarget(request, options);
      if (target.kind === 'answer') {
        show(request, response, target.status, target.page);
        return;
      }
      if (stage.name === 'taken' || stage.name === 'shut') {
        show(request, response, 409, FINISHED);
      } else if (stage.name === 'early' || !stage.accepts(target.parameters)) {
        show(request, response, 400, STRANGER);
      } else {
        const { take } = stage;
        stage = { name: 'taken', browser: response };
        take(target.parameters);
      }
    },

    wait: (accepts) =>
      new Promise((resolve) => {
        stage = { name: 'waiting', accepts, take: resolve };
      }),

    settle: (outcome, where) =>
      outcome.ok
        ? end(200, { mark: 'done', title: `You are signed in${where}`, text: NEXT })
        : end(400, { mark: 'failed', title: `The sign-in${where} did not work`, text: outcome.message }),

    close: () => end(503, { mark: 'note', title: 'The sign-in was stopped', text: 'Nothing was stored.' }),
  };
}

const NEXT =
  'The programs on this machine that use mcpass can use it from now on; nothing more is to be done here.';

const FINISHED: PageText = {
  mark: 'note',
  title: 'Already finished',
  text: 'This sign-in has had its answer. The terminal says how it ended.',
};

// Says nothing about what was expected: whoever sees it may be the one who tries.
const STRANGER: PageText = {
  mark: 'failed',
  title: 'Not this sign-in',
  text: 'This address does not belong to the sign-in that is waiting here. It is still waiting.',
};

const nothing = (text: string): PageText => ({ mark: 'note', title: 'Nothing here', text });

type Target =
  | { readonly kind: 'callback'; readonly parameters: URLSearchParams }
  | { readonly kind: 'answer'; readonly status: number; readonly page: PageText };

/** Whether a request is a callback at all: host, path and method, in this order. */
function judgeTarget(request: IncomingMessage, { path, host }: CallbackHandlerOptions): Target {
  // A foreign name that leads here is a rebound DNS entry: a web page is trying its luck.
  if (!isOurHost(request.headers.host, host)) {
    return { kind: 'answer', status: 403, page: nothing('This is not the host that you asked for.') };
  }
  const target = `http://localhost${request.url ?? ''}`;
  const url = request.url?.startsWith('/') === true && URL.canParse(target) ? new URL(target) : undefined;
  if (url?.pathname !== path) {
    return { kind: 'answer', status: 404, page: nothing('mcpass waits for a sign-in at another address.') };
  }
  if (request.method === 'HEAD') return { kind: 'answer', status: 200, page: nothing('') };
  if (request.method !== 'GET') {
    return { kind: 'answer', status: 405, page: nothing('Only GET is answered here.') };
  }
  return { kind: 'callback', parameters: url.searchParams };
}

function isOurHost(header: string | undefined, other: string | undefined): boolean {
  const origin = `http://${header ?? ''}`;
  if (header === undefined || header === '' || !URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return isLoopbackHost(hostname) || hostname === other;
}

function show(request: IncomingMessage, response: ServerResponse, status: number, page: PageText): void {
  const body = renderPage(page);
  response.writeHead(status, {
    ...PAGE_HEADERS,
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    'content-length': Buffer.byteLength(body),
    // A connection kept alive would keep this process alive with it.
    connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function showAndWait(browser: ServerResponse, status: number, page: PageText): Promise<void> {
  if (browser.destroyed || browser.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, READ_MS);
    browser.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    show(browser.req, browser, status, page);
  });
}
