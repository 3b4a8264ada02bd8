import {
  type Fetch,
  knownRefusal,
  networkFailure,
  plain,
  quote,
  shownUrl,
  type ConsentRequest,
  type User,
} from '@mcpass/auth';
import { remedyWords } from '../failure.js';
import { failedRow, type Row, type RowContext } from './row.js';

/* What the browser was shown, looked at from here after nobody has come back: a person sees an error page and the command
   does not. Without the cookies of a browser, and never as far as the answer itself. */

const LIMIT_MS = 10_000;
const BODY_LIMIT = 64 * 1024;
const HOPS = 5;

/** Remembers where a person was sent. */
export interface Consent {
  watch(user: User): User;
  asked(): string | undefined;
}

export function watchConsent(): Consent {
  let address: string | undefined;
  return {
    watch: (user) => ({
      ...user,
      async receive(wish) {
        const server = await user.receive(wish);
        return {
          redirectUri: server.redirectUri,
          alternatives: server.alternatives,
          settle: (outcome) => server.settle(outcome),
          close: () => server.close(),
          ask(request: ConsentRequest) {
            address = request.authorizationUrl;
            return server.ask(request);
          },
        };
      },
    }),
    asked: () => address,
  };
}

/** A row where the page is an error, or cannot be had; none where it looks like a page that waits for somebody. */
export async function pageRows(
  address: string | undefined,
  fetch: Fetch,
  context: RowContext,
): Promise<readonly Row[]> {
  if (address === undefined) return [];
  const comesBackTo = new URL(address).searchParams.get('redirect_uri') ?? '';
  let url = address;
  try {
    for (let hop = 0; hop <= HOPS; hop += 1) {
      const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(LIMIT_MS) });
      const location = answer.headers.get('location');
      const next = location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
      if (answer.status >= 400) return [errorRow(url, answer.status, await pageWords(answer), context)];
      await answer.body?.cancel();
      if (next === undefined || next.href.startsWith(comesBackTo)) return [];
      if (next.protocol !== 'https:' && next.origin !== new URL(address).origin) return [];
      url = next.href;
    }
  } catch (thrown) {
    const late = thrown instanceof DOMException && thrown.name === 'TimeoutError';
    const cause = late ? Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }) : thrown;
    return [failedRow('page', networkFailure(cause, url, 'authorization'), context)];
  }
  return [errorRow(url, 302, 'it redirects again and again', context)];
}

function errorRow(url: string, status: number, words: string, context: RowContext): Row {
  const known = knownRefusal(undefined, words)?.remedy;
  const { origin, pathname } = new URL(url);
  return {
    id: 'page',
    step: 'authorization',
    status: 'fail',
    message: `the page that the browser was sent to, ${shownUrl(origin + pathname)}, answers ${status}: ${quote(words, 200)}`,
    fault: 'server',
    requirement:
      'RFC 6749 section 4.1.2.1: what can be told to the client is told by a redirect, not on a page',
    fix:
      (known && remedyWords(known, { ...context, verbose: true }).text) ??
      'if it does not know the client, register a new one: sign in with --force; else ask whoever runs it',
    code: 'authorization_refused',
  };
}

/** The title of a page, or the words of JSON. */
async function pageWords(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let ended = reader === undefined; !ended && text.length < BODY_LIMIT;) {
    const part = await reader?.read();
    ended = part?.done !== false;
    text += decoder.decode(part?.value, { stream: true });
  }
  await reader?.cancel();
  const title = /<title[^>]{0,200}>([^<]{0,300})/i.exec(text.slice(0, 20_000))?.[1];
  return plain(title ?? text, 200);
}
