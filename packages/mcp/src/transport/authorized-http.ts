import { setImmediate } from 'node:timers/promises';
import {
  type Purpose,
  ATTEMPT_LIMIT,
  blamesSession,
  type Clock,
  type Exchange,
  type Fetch,
  isMcpassError,
  isRedirect,
  judgeRedirect,
  type McpassError,
  NEW_EXCHANGE,
  type Ports,
  type RequestAuthorization,
  shownUrl,
  type Verdict,
} from '@mcpass/auth';
import { interrupted, SessionLost } from '../failure.js';
import type { Carrier, HttpReply, HttpRequest, PendingReply } from './carrier.js';
import { createFetchCarrier } from './fetch-carrier.js';
import { joinHeaders } from './header-fields.js';
import { readText } from './response-body.js';

/** Milliseconds without a message, after which the connections that are kept may be gone. */
const QUIET_MS = 50;
/** Bytes of a refusal that are looked at. */
const WORDS_BYTES = 4_096;

/** Sends requests with the credential attached; every 401 and 403 is the engine's to judge. */
export interface AuthorizedHttp {
  /**
   * `reply` rejects with `McpassError`, or with {@link SessionLost} for a request that names a session in whose place another
   * can be begun. The body of the reply is the caller's to read or to destroy.
   */
  send(request: HttpRequest, options?: SendOptions): PendingReply;
}

export interface SendOptions {
  /** It names a session in whose place another can be begun. */
  readonly inSession?: boolean;
  /** A refusal of what is optional says little of the credential; `call` when absent. */
  readonly purpose?: Purpose;
}

export interface AuthorizedHttpParts {
  readonly carrier: Carrier;
  readonly authorization: RequestAuthorization;
  /** The MCP server: a credential goes to its origin and to no other. */
  readonly server: URL;
  readonly ports: Pick<Ports, 'clock' | 'observe'>;
  /** Called before the engine judges a refusal: what it reads then must be what is stored now. */
  readonly onRefusal: () => void;
}

/** A request under way. */
interface Run {
  aborted: boolean;
  /** Ends what it waits for. */
  giveUp: () => void;
}

/** A caller that gives up need not wait for a sign-in or a refresh, which goes on for the others. */
async function unlessGivenUp<T>(run: Run, work: Promise<T>): Promise<T> {
  const before = run.giveUp;
  try {
    return await new Promise<T>((resolve, reject) => {
      run.giveUp = () => reject(givenUp());
      work.then(resolve, reject);
    });
  } finally {
    run.giveUp = before;
  }
}

const givenUp = (): McpassError => interrupted('The request was given up.');

export function createAuthorizedHttp(parts: AuthorizedHttpParts): AuthorizedHttp {
  const { carrier, authorization, server, onRefusal } = parts;
  const { clock, observe } = parts.ports;
  let lastSentMs = -Infinity;

  /**
   * A server that has gone has closed the connections that were kept; that news may be as old as the message that is to
   * be sent, and is heard in the same turn of the loop. A call that is sent on such a connection is lost: nobody may
   * repeat it, because nobody knows whether it was carried out.
   */
  async function hearNews(): Promise<void> {
    const quietMs = performance.now() - lastSentMs;
    if (quietMs > QUIET_MS) await setImmediate();
    lastSentMs = performance.now();
  }

  async function attempt(
    request: HttpRequest,
    exchange: Exchange,
    run: Run,
  ): Promise<{ reply: HttpReply; exchange: Exchange }> {
    const { method, body } = request;
    let target = request.url;
    let { headers, exchange: attached } = await unlessGivenUp(
      run,
      authorization.headersFor(target, exchange, method),
    );
    for (let hop = 0; ; hop += 1) {
      await hearNews();
      if (run.aborted) throw givenUp();
      const pending = carrier.send({
        method,
        url: target,
        headers: joinHeaders(request.headers, headers),
        body,
      });
      run.giveUp = () => pending.abort();
      const reply = await observed(pending, method, target);
      const location = isRedirect(reply.status) ? reply.header('location') : undefined;
      if (location === undefined) return { reply, exchange: attached };
      reply.body.destroy();
      target = judgeRedirect({ from: target, location, status: reply.status, method, hop, server });
      // A proof is for one request at one address (RFC 9449 section 4.2).
      if (headers['dpop'] !== undefined)
        ({ headers, exchange: attached } = await unlessGivenUp(
          run,
          authorization.headersFor(target, exchange, method),
        ));
    }
  }

  async function observed(pending: PendingReply, method: string, url: URL): Promise<HttpReply> {
    const event = { step: 'session', method, url: shownUrl(url.origin + url.pathname) } as const;
    const began = clock.now();
    observe({ type: 'request', ...event });
    try {
      const reply = await pending.reply;
      observe({ type: 'answer', ...event, status: reply.status, ms: clock.now() - began });
      return reply;
    } catch (thrown) {
      const code = isMcpassError(thrown) ? thrown.code : 'internal';
      observe({ type: 'no_answer', ...event, code, ms: clock.now() - began });
      throw thrown;
    }
  }

  async function judge(
    exchange: Exchange,
    reply: HttpReply,
    { inSession, purpose }: Required<SendOptions>,
    run: Run,
  ): Promise<Verdict> {
    const { status } = reply;
    // The reply itself, which makes its headers only when asked for them.
    if (status !== 401 && status !== 403) return await authorization.verdictOn(exchange, reply);
    onRefusal();
    const words = (): Promise<string> => readText(reply.body, WORDS_BYTES);
    try {
      const { headers } = reply;
      const facts = { status, headers, inSession, purpose, words };
      return await unlessGivenUp(run, authorization.verdictOn(exchange, facts));
    } catch (thrown) {
      reply.body.destroy();
      throw thrown;
    }
  }

  async function deliver(request: HttpRequest, options: Required<SendOptions>, run: Run): Promise<HttpReply> {
    let exchange: Exchange = NEW_EXCHANGE;
    for (let count = 1; ; count += 1) {
      const { reply, exchange: attached } = await attempt(request, exchange, run);
      const verdict = await judge(attached, reply, options, run);
      if (verdict.action === 'session_lost') {
        reply.body.destroy();
        throw new SessionLost(reply.status);
      }
      if (verdict.action === 'pass' || count === ATTEMPT_LIMIT) return reply;
      reply.body.destroy();
      exchange = verdict.exchange;
    }
  }

  return {
    send(request, { inSession = false, purpose = 'call' } = {}) {
      const run: Run = { aborted: false, giveUp: () => undefined };
      return {
        reply: deliver(request, { inSession, purpose }, run),
        abort() {
          run.aborted = true;
          run.giveUp();
        },
      };
    },
  };
}

/** For a `fetch` that brings the credential itself, or a server that wants none: what it lets pass is judged no further. */
const NO_AUTHORIZATION: RequestAuthorization = {
  headersFor: async (_, exchange) => ({ headers: {}, exchange }),
  async verdictOn(_, { status, headers, inSession = false, words }) {
    if (status !== 401 || !inSession || words === undefined) return { action: 'pass' };
    return blamesSession(headers, await words()) ? { action: 'session_lost' } : { action: 'pass' };
  },
};

/** Requests through a `fetch`, with the rules of a session and no credential of their own. */
export function httpOverFetch(fetch: Fetch, server: URL, clock: Clock): AuthorizedHttp {
  return createAuthorizedHttp({
    carrier: createFetchCarrier(fetch, true),
    authorization: NO_AUTHORIZATION,
    server,
    ports: { clock, observe: () => undefined },
    onRefusal: () => undefined,
  });
}
