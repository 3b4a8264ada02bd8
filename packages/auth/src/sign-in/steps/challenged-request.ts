import { type Challenge, challengeOf } from '../../oauth/challenge.js';
import { McpassError } from '../../errors.js';
import { SCOPES_IGNORED } from '../../oauth/scope.js';
import { retryAfterSeconds, type WireAnswer } from '../../oauth/wire.js';
import { GREETING, type Greeting, nextGreeting } from '../../server/greeting.js';
import type { ChallengedAnswer, SignInContext, SignInStart } from '../context.js';

export interface Challenged {
  readonly challenge: Challenge;
  /** True when the server asked for a token; false when it answered without one. */
  readonly demanded: boolean;
}

/** Step 1: what the server says to somebody without a token (RFC 9728 section 5.1, RFC 6750 section 3). */
export async function challenge(start: SignInStart, context: SignInContext): Promise<Challenged> {
  const challenged = judgeChallenge(start.answer ?? (await ask(context)));
  const { resourceMetadata, scopes, scopesIgnored, error } = challenged.challenge;
  if (scopesIgnored === true) context.deviate('challenge', SCOPES_IGNORED.id, SCOPES_IGNORED.text);
  context.decide('challenge', 'challenge', {
    demanded: challenged.demanded,
    ...(resourceMetadata !== undefined && { resource_metadata: resourceMetadata }),
    ...(scopes !== undefined && { scope: scopes }),
    ...(error !== undefined && { error }),
  });
  return challenged;
}

async function ask(context: SignInContext): Promise<ChallengedAnswer> {
  const send = ({ method, headers, body }: Greeting) =>
    context.wire({
      step: 'challenge',
      method,
      url: context.server.href,
      what: 'address',
      headers,
      ...(body !== undefined && { body }),
      bodyless: true,
      signal: context.signal,
    });
  const greeted = await send(GREETING);
  const next = nextGreeting(greeted.status);
  return read(next === undefined ? greeted : await send(next), context);
}

function read(answer: WireAnswer, context: SignInContext): ChallengedAnswer {
  if (answer.status === 429 || answer.status >= 500) {
    const after = retryAfterSeconds(answer.headers, context.ports.clock.now());
    throw new McpassError(
      answer.status === 429 ? 'rate_limited' : 'server_error',
      `${context.server.host} answered ${answer.status} before any sign-in.`,
      {
        step: 'challenge',
        fault: 'server',
        remedy: { do: 'retry_later', ...(after !== undefined && { afterSeconds: after }) },
        facts: { status: answer.status },
      },
    );
  }
  return { status: answer.status, challenge: challengeOf(answer.headers) };
}

function judgeChallenge({ status, challenge: found }: ChallengedAnswer): Challenged {
  return { challenge: found ?? {}, demanded: status === 401 || found !== undefined };
}
