import { setImmediate } from 'node:timers/promises';
import {
  NEW_EXCHANGE,
  type Exchange,
  type RequestAuthorization,
  isMcpassError,
  McpassError,
  plain,
  type Ports,
  quote,
} from '@mcpass/auth';
import type { Carrier, Outgoing, Reply, Sending } from './carrier.js';
import { joinHeaders } from './headers.js';
import { readText } from './reply-body.js';
import { blamesSession, namesError, SessionLost } from './session-loss.js';

/** Milliseconds without a message, after which the connections that are kept may be gone. */
const QUIET_MS = 50;
/** Redirects followed within the server's own origin. */
const REDIRECT_LIMIT = 3;
/** Attempts for one request; the halves end it earlier with a reason. */
const ATTEMPT_LIMIT = 8;

/** Sends requests with the credential attached; every 401 and 403 is the engine's to judge. */
export interface Courier {
  /**
   * `reply` rejects with `McpassError`, or with {@link SessionLost} for a request that is in a session.
   * The body of the reply is the caller's to read or to destroy.
   */
  send(outgoing: Outgoing, inSession?: boolean): Sending;
}

export interface CourierParts {
  readonly carrier: Carrier;
  readonly halves: RequestAuthorization;
  /** The MCP server: a credential goes to its origin and to no other. */
  readonly server: URL;
  readonly ports: Pick<Ports, 'clock' | 'observe'>;
  /** Called before the engine judges a refusal: what it reads then must be what is stored now. */
  readonly onRefusal: () => void;
}

export function createCourier({ carrier, halves, server, ports, onRefusal }: CourierParts): Courier {
  const { clock, observe } = ports;
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
    outgoing: Outgoing,
    exchange: Exchange,
    run: Run,
  ): Promise<{ reply: Reply; exchange: Exchange }> {
    const { headers, exchange: attached } = await halves.headersFor(outgoing.url, exchange);
    let target = outgoing.url;
    for (let hop = 0; ; hop += 1) {
      await hearNews();
      if (run.aborted) throw interrupted();
      run.sending = carrier.send({
        method: outgoing.method,
        url: target,
        headers: joinHeaders(outgoing.headers, headers),
        body: outgoing.body,
      });
      const reply = await observed(run.sending, outgoing.method, target);
      const location = isRedirect(reply.status) ? reply.header('location') : undefined;
      if (location === undefined) return { reply, exchange: attached };
      reply.body.destroy();
      target = judgeRedirect({
        from: target,
        location,
        status: reply.status,
        method: outgoing.method,
        hop,
        server,
      });
    }
  }

  async function observed(sending: Sending, method: string, url: URL): Promise<Reply> {
    const event = { step: 'session', method, url: url.origin + url.pathname } as const;
    const began = clock.now();
    observe({ type: 'request', ...event });
    try {
      const reply = await sending.reply;
      observe({ type: 'answer', ...event, status: reply.status, ms: clock.now() - began });
      return reply;
    } catch (thrown) {
      const code = isMcpassError(thrown) ? thrown.code : 'internal';
      observe({ type: 'no_answer', ...event, code, ms: clock.now() - began });
      throw thrown;
    }
  }

  async function deliver(outgoing: Outgoing, inSession: boolean, run: Run): Promise<Reply> {
    let exchange: Exchange = NEW_EXCHANGE;
    for (let count = 1; ; count += 1) {
      const { reply, exchange: attached } = await attempt(outgoing, exchange, run);
      const { status } = reply;
      if (status === 401 || status === 403) {
        onRefusal();
        if (inSession && (await isSessionLost(reply))) throw new SessionLost(status);
      }
      const verdict = await judge(attached, reply, halves);
      if (verdict.action !== 'resend' || count === ATTEMPT_LIMIT) return reply;
      reply.body.destroy();
      exchange = verdict.exchange;
    }
  }

  return {
    send(outgoing, inSession = false) {
      const run: Run = { aborted: false, sending: undefined };
      return {
        reply: deliver(outgoing, inSession, run),
        abort() {
          run.aborted = true;
          run.sending?.abort();
        },
      };
    },
  };
}

interface Run {
  aborted: boolean;
  sending: Sending | undefined;
}

async function judge(
  exchange: Exchange,
  reply: Reply,
  halves: RequestAuthorization,
): ReturnType<RequestAuthorization['verdictOn']> {
  try {
    return await halves.verdictOn(exchange, reply);
  } catch (thrown) {
    reply.body.destroy();
    throw thrown;
  }
}

/** Some servers say 401 for a session that they have forgotten. Only where the words may decide are they read. */
async function isSessionLost(reply: Reply): Promise<boolean> {
  if (reply.status !== 401) return false;
  const challenges = ['www-authenticate', 'x-amzn-remapped-www-authenticate']
    .map((name) => reply.header(name))
    .filter((value) => value !== undefined);
  if (challenges.some(namesError)) return false;
  return blamesSession(challenges, await readText(reply.body, 4_096));
}

function isRedirect(status: number): boolean {
  return status >= 301 && status <= 308 && status !== 304 && status !== 305 && status !== 306;
}

interface Redirect {
  readonly from: URL;
  readonly location: string;
  readonly status: number;
  readonly method: string;
  readonly hop: number;
  readonly server: URL;
}

/** As in the engine's fetch: a token follows nobody to another origin, and a POST does not become a GET on the way. */
function judgeRedirect({ from, location, status, method, hop, server }: Redirect): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const keepsMethod = status === 307 || status === 308 || method === 'GET';
  if (to !== undefined && to.origin === server.origin && keepsMethod && hop < REDIRECT_LIMIT) return to;
  throw new McpassError(
    'redirect_refused',
    `${from.host} redirects to ${quote(to?.href ?? location, 160)}.`,
    {
      step: 'session',
      fault: 'server',
      facts: { location: plain(to?.href ?? location) },
      remedy: { do: 'say', text: 'if that is where the server lives now, configure that URL' },
    },
  );
}

function interrupted(): McpassError {
  return new McpassError('interrupted', 'The request was given up.', { step: 'session', fault: 'yours' });
}
