import { McpassError, type Remedy, type Step } from './errors.js';
import { sayOAuthError } from './oauth-error.js';
import { quote } from './quote.js';
import type { TokenReply } from './token-request.js';
import { isTransientStatus, retryAfterSeconds } from './wire.js';

/**
 * Pure: why a token request did not bring a token, with the reasons kept apart. `token_refused` carries the server's
 * `error` in its facts; `client_rejected` means that the client identity is dead, not the person's consent.
 */
export function tokenFailure(
  { read, wire }: TokenReply,
  step: Step,
  issuer: string,
  nowMs: number,
): McpassError | undefined {
  if (read.ok === true) return undefined;
  if (read.ok === undefined) {
    return new McpassError(
      'answer_invalid',
      `${quote(issuer)} answered the token request with ${read.why}.`,
      {
        step,
        fault: 'server',
        facts: { status: wire.status },
      },
    );
  }
  const { error } = read;
  const said = quote(sayOAuthError(error), 240);
  const details = (remedy?: Remedy) => ({
    step,
    fault: 'server' as const,
    facts: { status: error.status, ...(error.code !== undefined && { error: error.code }) },
    ...(remedy !== undefined && { remedy }),
  });
  if (isTransientStatus(wire.status)) {
    const after = retryAfterSeconds(wire.headers, nowMs);
    return new McpassError(
      wire.status === 429 ? 'rate_limited' : 'server_error',
      `${quote(issuer)} could not issue a token just now: ${said}.`,
      details({ do: 'retry_later', ...(after !== undefined && { afterSeconds: after }) }),
    );
  }
  if (error.code === 'invalid_client' || error.code === 'unauthorized_client') {
    return new McpassError(
      'client_rejected',
      `${quote(issuer)} does not accept this client: ${said}.`,
      details({ do: 'sign_in', force: true }),
    );
  }
  return new McpassError('token_refused', `${quote(issuer)} refused the token request: ${said}.`, details());
}
