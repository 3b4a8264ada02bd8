import {
  type Authorizer,
  createPageUser,
  findMcpassError,
  isMcpassError,
  McpassError,
  type PendingConsent,
  type User,
} from '@mcpass/auth';

import { type Attempt, createAttemptCookies, digest } from './attempt-cookie.js';
import { HEADERS, type Page, renderPage } from './page.js';

export interface SignInRoutesOptions {
  /**
   * The authorizer of the person who sent the request, with `user` among its ports; nothing where that is nobody, or has
   * no such server. Who it is, the application knows from its own session.
   */
  readonly authorizerFor: (
    request: Request,
    wanted: { readonly server: string; readonly user: User },
  ) => Authorizer | undefined | Promise<Authorizer | undefined>;
  /** Where browsers find the routes, without `/start` and `/callback`. */
  readonly baseUrl: string;
  /** 32 random bytes or more, the same in all replicas: they sign what a browser keeps of a sign-in that it began. */
  readonly stateKey: Uint8Array;
}

export interface SignInPlace {
  readonly server: string;
  /** A path of the application that the person is led to afterwards. */
  readonly returnTo?: string;
}

/** What somebody is shown whose sign-in a call needs. */
export interface SignInNeeded {
  /** `login_required` (or `insufficient_scope`), with the address as its fact `signInUrl`. */
  readonly error: McpassError;
  /** The same as MCP asks a person to open an address (elicitation, URL mode). */
  readonly elicitation: {
    readonly mode: 'url';
    readonly elicitationId: string;
    readonly url: string;
    readonly message: string;
  };
}

export interface SignInRoutes {
  (request: Request): Promise<Response>;
  /** The address at which the person begins a sign-in. */
  addressOf(place: SignInPlace): string;
  /** What to show for what a call threw; nothing where no sign-in helps. */
  needed(thrown: unknown, place: SignInPlace): SignInNeeded | undefined;
}

/** Characters of a server's name, and of a path to return to: both are kept in a cookie. */
const NAME_LIMIT = 200;
const PATH_LIMIT = 1_000;

/** Throws `usage` for an address or a key that is none. */
export function createSignInRoutes({ authorizerFor, baseUrl, stateKey }: SignInRoutesOptions): SignInRoutes {
  if (!URL.canParse(baseUrl)) throw misuse('baseUrl is not an address.');
  if (stateKey.length < 32) throw misuse('stateKey has fewer than 32 bytes.');
  const base = baseUrl.replace(/\/+$/, '');
  const callback = new URL(`${base}/callback`);
  const cookies = createAttemptCookies(callback, stateKey);

  function addressOf({ server, returnTo }: SignInPlace): string {
    const address = new URL(`${base}/start`);
    address.searchParams.set('server', server);
    if (returnTo !== undefined) address.searchParams.set('return', returnTo);
    return address.href;
  }

  const userAt = (visit: () => Promise<string>) => createPageUser({ redirectUri: callback.href, visit });
  const again = (server: string) => ({ href: addressOf({ server }), label: 'Sign in again' });

  async function start(request: Request, asked: URLSearchParams): Promise<Response> {
    const server = asked.get('server') ?? '';
    const wish = asked.get('return');
    const returnTo = wish === null ? undefined : addressInside(wish, callback.origin);
    if (wish !== null && returnTo === undefined)
      return renderPage({
        status: 400,
        ...NOT_OURS,
        text: 'It would lead to a place outside of this application.',
      });
    if (server === '' || server.length > NAME_LIMIT)
      return renderPage({ status: 400, ...NOT_OURS, text: 'It names no server.' });
    const user = userAt(() => Promise.reject(misuse('Nobody waits where a sign-in begins.')));
    const authorizer = await authorizerFor(request, { server, user });
    if (authorizer === undefined) return renderPage(NOBODY);
    try {
      const begun = await authorizer.beginSignIn();
      const pending = consentOf((await authorizer.record())?.pending);
      if (pending === undefined)
        return renderPage({
          status: 502,
          title: 'Not signed in',
          text: 'This server signs in by a code only.',
        });
      const attempt: Attempt = {
        server,
        state: await digest(pending.state.reveal()),
        expiresAtS: pending.expiresAtS,
        ...(returnTo !== undefined && { returnTo }),
      };
      return redirect(begun.authorizationUrl, await cookies.write(attempt, nowS()));
    } catch (error) {
      return renderPage(pageOf(error, again(server)));
    }
  }

  async function finish(request: Request, answer: URLSearchParams): Promise<Response> {
    const state = answer.get('state') ?? '';
    const attempt = await cookies.read(request, state);
    // RFC 6749 section 10.12: an answer is for the browser that asked.
    if (attempt === undefined) return renderPage(NOT_BEGUN_HERE);
    const { server, returnTo } = attempt;
    if (attempt.isOver) return renderPage({ ...ANSWERED, next: again(server) });
    if (attempt.expiresAtS <= nowS()) return renderPage({ ...LATE, next: again(server) });
    const user = userAt(() => Promise.resolve(`${callback.href}?${answer.toString()}`));
    const authorizer = await authorizerFor(request, { server, user });
    if (authorizer === undefined) return renderPage(NOBODY);
    const settled = () => cookies.write({ ...attempt, isOver: true }, nowS());
    try {
      // Another person's sign-in, or a newer one of the same, is not ended by an answer that is not its own.
      const pending = consentOf((await authorizer.record())?.pending);
      if (pending?.state.reveal() !== state) return renderPage({ ...REPLACED, next: again(server) });
      await authorizer.finishSignIn();
    } catch (error) {
      return withCookie(renderPage(pageOf(error, again(server))), await settled());
    }
    if (returnTo !== undefined) return redirect(returnTo, await settled());
    const done = { status: 200, title: 'Signed in', text: 'You can close this page.' };
    return withCookie(renderPage(done), await settled());
  }

  async function handle(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const route = /\/(start|callback)$/.exec(pathname)?.[1];
    if (route === undefined) return renderPage(NOT_FOUND);
    // A preview's HEAD begins nothing and spends nothing.
    if (request.method !== 'GET')
      return new Response(null, { status: 405, headers: { ...HEADERS, allow: 'GET' } });
    return route === 'start' ? start(request, searchParams) : finish(request, searchParams);
  }

  return Object.assign(handle, {
    addressOf,
    needed(thrown: unknown, place: SignInPlace): SignInNeeded | undefined {
      const cause = findMcpassError(thrown);
      if (cause?.code !== 'login_required' && cause?.code !== 'insufficient_scope') return undefined;
      const url = addressOf(place);
      const { code, message, step, fault, remedy, facts } = cause;
      const error = new McpassError(code, message, {
        step,
        fault,
        cause,
        facts: { ...facts, signInUrl: url },
        ...(remedy && { remedy }),
      });
      return { error, elicitation: { mode: 'url', elicitationId: crypto.randomUUID(), url, message } };
    },
  });
}

const NOT_FOUND = { status: 404, title: 'Not found', text: 'There is no such page.' };
const NOT_OURS = { title: 'This link does not work' };
const NOBODY = {
  status: 403,
  title: 'Not signed in',
  text: 'You are not signed in to this application, or have no such server in it.',
};
const NOT_BEGUN_HERE = {
  status: 403,
  title: 'Not signed in',
  text: 'This sign-in was not begun in this browser. Nothing has changed.',
};
const ANSWERED = {
  status: 409,
  title: 'Already answered',
  text: 'This sign-in has ended before. Coming back to it changes nothing.',
};
const LATE = { status: 410, title: 'Too late', text: 'The time for this sign-in is over.' };
const REPLACED = {
  status: 409,
  title: 'Not signed in',
  text: 'This sign-in was begun by somebody else, or a newer one has taken its place. Nothing has changed.',
};

/** Who cannot be told by one of our errors is told by the application. */
function pageOf(error: unknown, next: NonNullable<Page['next']>): Page {
  if (!isMcpassError(error)) throw error;
  return { status: error.fault === 'yours' ? 403 : 502, title: 'Not signed in', text: error.message, next };
}

/** The address of a path of the application; nothing where a browser would take it for another place. Pure. */
export function addressInside(path: string, origin: string): string | undefined {
  if (!path.startsWith('/') || path.length > PATH_LIMIT || !URL.canParse(path, origin)) return undefined;
  const url = new URL(path, origin);
  return url.origin === origin && url.username === '' ? url.href : undefined;
}

function consentOf(pending: object | undefined): PendingConsent | undefined {
  return pending !== undefined && 'state' in pending ? (pending as PendingConsent) : undefined;
}

function redirect(location: string, cookie: string): Response {
  return withCookie(new Response(null, { status: 303, headers: { ...HEADERS, location } }), cookie);
}

function withCookie(response: Response, cookie: string): Response {
  response.headers.append('set-cookie', cookie);
  return response;
}

const nowS = () => Date.now() / 1000;

function misuse(message: string): McpassError {
  return new McpassError('usage', message, { step: 'config', fault: 'yours' });
}
