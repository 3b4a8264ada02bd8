import { McpassError, type Remedy, type Step } from '../errors.js';
import { sayOAuthError } from './error.js';
import { knownRefusal } from './known-refusal.js';
import { judgeResourceRefusal } from './resource-refusal.js';
import { plain, quote } from '../text.js';
import { grantWords } from '../server/grant-type.js';
import type { AuthMethod, ServerSettings } from '../server/settings.js';
import type { TokenReply } from './token-request.js';
import { clockWords } from './server-clock.js';
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
  settings: Pick<ServerSettings, 'resource' | 'places' | 'refreshScope' | 'grant'> = {},
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
    const isTimed = client.authMethod === 'private_key_jwt';
    const clock = isTimed ? clockWords(wire.headers, nowMs) : undefined;
    const message = `${quote(issuer)} does not accept this client: ${said}${clock === undefined ? '' : `; ${clock}`}.`;
    if (client.origin !== 'configured') {
      return new McpassError('client_rejected', message, details({ do: 'sign_in', force: true }));
    }
    // Nothing is registered in its place: only whoever configured it can help.
    const known = knownRefusal(error.code, error.description);
    const remedy: Remedy =
      clock === undefined
        ? (known?.remedy ?? configuredClientRemedy(client.authMethod, error.code, settings))
        : { do: 'say', text: 'set the clock of this machine, then run the command again' };
    return new McpassError('client_rejected', message, { ...details(remedy), fault: 'yours' });
  }
  const vouching = VOUCHING[settings.grant ?? ''];
  // RFC 8693 section 2.2.2 has `invalid_request` for a token that is no good.
  const isVoucherRefused = error.code === 'invalid_grant' || error.code === 'invalid_request';
  if (vouching !== undefined && isVoucherRefused) {
    const place = settings.places?.assertion === undefined ? '' : ` ${plain(settings.places.assertion, 300)}`;
    const clock = clockWords(wire.headers, nowMs);
    return new McpassError(
      'login_refused',
      `${quote(issuer)} does not accept ${vouching.what}${place}: ${said}${clock === undefined ? '' : `; ${clock}`}.`,
      details({ do: 'say', text: vouching.remedy }),
    );
  }
  const refusal = { error: error.code, description: error.description };
  return new McpassError('token_refused', `${quote(issuer)} refused the token request: ${said}.`, {
    ...details(),
    ...(judgeResourceRefusal(refusal, settings.resource) ??
      knownRefusal(error.code, error.description, {
        scopeless: step === 'refresh' && settings.refreshScope === undefined,
      })),
  });
}

/** Grants in which somebody else's token speaks for the client. */
const VOUCHING: Readonly<Record<string, { readonly what: string; readonly remedy: string }>> = {
  jwt_bearer: {
    what: "the workload's token",
    remedy: 'have whoever runs it trust the issuer and the subject of that token; --debug shows both',
  },
  enterprise: {
    what: 'the word of the identity provider',
    remedy: 'have whoever runs it trust that identity provider, and this client with it',
  },
  token_exchange: {
    what: 'the token of whoever is acted for',
    remedy:
      'have them sign in again where that token comes from; or the server may not exchange tokens of that issuer',
  },
};

function proofWords(method: AuthMethod, places: ServerSettings['places'] = {}): string {
  const isKey = method === 'private_key_jwt';
  const place = isKey ? places.clientKey : places.clientSecret;
  const what = isKey ? 'the private key' : 'the secret';
  const besides = isKey ? '; the server must know its public half' : '';
  return `${what}${place === undefined ? '' : ` ${plain(place, 300)}`}${besides}`;
}

function configuredClientRemedy(
  method: AuthMethod,
  code: string,
  { places, grant }: Pick<ServerSettings, 'places' | 'grant'>,
): Remedy {
  if (method === 'none') {
    return { do: 'configure', key: 'oauth.client_secret_env', value: '"NAME_OF_A_VARIABLE"' };
  }
  return {
    do: 'say',
    text:
      code === 'invalid_client'
        ? `check oauth.client_id and ${proofWords(method, places)}`
        : `allow this client the grant ${grantWords({ grant })} at the provider`,
  };
}
