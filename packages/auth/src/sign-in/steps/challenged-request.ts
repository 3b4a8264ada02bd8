import { shownUrl } from '../../server/shown-url.js';
import { type Challenge, challengeOf } from '../../oauth/challenge.js';
import { SCOPES_IGNORED } from '../../oauth/scope.js';
import { transientFailure, type WireAnswer } from '../../oauth/wire.js';
import type { CredentialRecord } from '../../credential/record.js';
import { mayTakeAnotherWay } from '../../server/another-way.js';
import type { ChallengedAnswer, SignInContext, SignInStart } from '../context.js';

export interface Challenged {
  readonly challenge: Challenge;
  /** True when the server asked for a token; false when it answered without one. */
  readonly demanded: boolean;
}

/* The oldest request that every server understands: one that knows only newer revisions still asks for the token
   before it looks at the method. The revision header is not part of it (2025-11-25, "Protocol Version Header"). */
const GREETING = {
  method: 'POST',
  headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'mcpass', version: '0' },
    },
  }),
} as const;

/* A server of the 2024-11-05 transport takes no POST here; its event stream is what it protects. */
const STREAM = { method: 'GET', headers: { accept: 'text/event-stream' } } as const;

/** Step 1: what the server says to somebody without a token (RFC 9728 section 5.1, RFC 6750 section 3). */
export async function challenge(start: SignInStart, context: SignInContext): Promise<Challenged> {
  const challenged = judgeChallenge(start.answer ?? toldBefore(await ask(context), start.previous));
  const { resourceMetadata, scopes, scopesIgnored, error } = challenged.challenge;
  if (scopesIgnored === true) context.deviate('challenge', SCOPES_IGNORED.id, SCOPES_IGNORED.text);
  context.decide('challenge', 'challenge', {
    demanded: challenged.demanded,
    ...(resourceMetadata !== undefined && { resource_metadata: shownUrl(resourceMetadata) }),
    ...(scopes !== undefined && { scope: scopes }),
    ...(error !== undefined && { error }),
  });
  return challenged;
}

async function ask(context: SignInContext): Promise<ChallengedAnswer> {
  const send = (request: typeof GREETING | typeof STREAM) =>
    context.wire({
      step: 'challenge',
      url: context.server.href,
      what: 'address',
      ...request,
      bodyless: true,
      signal: context.signal,
    });
  const greeted = await send(GREETING);
  if (!mayTakeAnotherWay(greeted.status) || challengeOf(greeted.headers) !== undefined)
    return read(greeted, context);
  const opened = await send(STREAM);
  // A stream that is not there either says nothing.
  const speaks = opened.status === 401 || (opened.status >= 200 && opened.status <= 299);
  return read(speaks ? opened : greeted, context);
}

function read(answer: WireAnswer, context: SignInContext): ChallengedAnswer {
  const trouble = transientFailure(
    answer,
    `${context.server.host} answered ${answer.status} before any sign-in.`,
    { step: 'challenge', facts: { status: answer.status } },
    context.ports.clock.now(),
  );
  if (trouble !== undefined) throw trouble;
  return { status: answer.status, challenge: challengeOf(answer.headers) };
}

/** Pure. Whoever lets this request in may have refused another one, and what it said then is all there is to go by. */
function toldBefore(answer: ChallengedAnswer, previous: CredentialRecord | undefined): ChallengedAnswer {
  const { strangerRefused } = previous ?? {};
  if (strangerRefused === undefined || judgeChallenge(answer).demanded) return answer;
  return { status: 401, challenge: strangerRefused };
}

function judgeChallenge({ status, challenge: found }: ChallengedAnswer): Challenged {
  return { challenge: found ?? {}, demanded: status === 401 || found !== undefined };
}
