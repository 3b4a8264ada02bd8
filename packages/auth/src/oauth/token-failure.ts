import { McpassError, type Remedy, type Step } from '../errors.js';
import { sayOAuthError } from './error.js';
import { knownRefusal } from './known-refusal.js';
import { judgeResourceRefusal } from './resource-refusal.js';
import { plain, quote } from '../text.js';
import type { AuthMethod, ServerSettings } from '../server/settings.js';
import type { TokenReply } from './token-request.js';
import { transientFailure } from './wire.js';

/**
 * Pure: why a token request did not bring a token, with the reasons kept apart. `token_refused` carries the server's
 * `error` in its facts; `client_rejected` means that the client identity is dead, not the person's consent.
 */
export function tokenFailure(
  { read, wire, client }: TokenReply,
  step: Step,
  issuer: string,
  nowMs: number,
  settings: Pick<ServerSettings, 'resource' | 'places' | 'refreshScope'> = {},
): McpassError | undefined {
  if (read.ok === true) return undefined;
  if (read.ok === undefined) {
    return new McpassError(
      'answer_invalid',
      `${quote(issuer)} answered the token request with ${read.why}.`,
      {
        step,
        fault: 'server',
        facts: { status: wire.status, ...(read.bound === true && { bound: true }) },
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
  const busy = `${quote(issuer)} could not issue a token just now: ${said}.`;
  const trouble = transientFailure(wire, busy, details(), nowMs);
  if (trouble !== undefined) return trouble;
  if (error.code === 'invalid_client' || error.code === 'unauthorized_client') {
    const message = `${quote(issuer)} does not accept this client: ${said}.`;
    if (client.origin !== 'configured') {
      return new McpassError('client_rejected', message, details({ do: 'sign_in', force: true }));
    }
    // Nothing is registered in its place: only whoever configured it can help.
    const known = knownRefusal(error.code, error.description);
    const remedy = known?.remedy ?? configuredClientRemedy(client.authMethod, error.code, settings);
    return new McpassError('client_rejected', message, { ...details(remedy), fault: 'yours' });
  }
  const refusal = { error: error.code, description: error.description };
  return new McpassError('token_refused', `${quote(issuer)} refused the token request: ${said}.`, {
    ...details(step === 'refresh' ? scopeRemedy(refusal.description, settings) : undefined),
    ...(judgeResourceRefusal(refusal, settings.resource) ?? knownRefusal(error.code, error.description)),
  });
}

/** Entra asks for a token for itself where a refresh names no scope (AADSTS90009); others say that it is missing. */
const SCOPE_WANTED = /\bAADSTS90009\b|\bscope\b.*\b(?:missing|required|needed)\b/i;

function scopeRemedy(
  description: string | undefined,
  { refreshScope }: Pick<ServerSettings, 'refreshScope'>,
): Remedy | undefined {
  if (refreshScope !== undefined || !SCOPE_WANTED.test(description ?? '')) return undefined;
  return { do: 'configure', key: 'oauth.refresh_scope', value: '"granted"' };
}

function configuredClientRemedy(
  method: AuthMethod,
  code: string,
  { places }: Pick<ServerSettings, 'places'>,
): Remedy {
  if (method === 'none') {
    return { do: 'configure', key: 'oauth.client_secret_env', value: '"NAME_OF_A_VARIABLE"' };
  }
  return {
    do: 'say',
    text:
      code === 'invalid_client'
        ? `check oauth.client_id and the secret${places?.clientSecret === undefined ? '' : ` ${plain(places.clientSecret, 300)}`}`
        : 'allow this client the authorization code grant at the provider',
  };
}
