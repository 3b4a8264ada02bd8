import type { Challenge } from '../oauth/challenge.js';
import { McpassError } from '../errors.js';
import { correctResource } from '../oauth/resource-refusal.js';
import { signInNeeded } from './pause.js';
import type { CredentialRecord } from './record.js';
import { isWithinLifetime } from './state.js';
import { headerPlace } from '../server/configured-headers.js';
import type { ServerSettings } from '../server/settings.js';
import { plain, quote } from '../text.js';

/* How a refused request ends, in words. */

/** The words of the challenge, to end a sentence with. */
export function saidIn(challenge: Challenge | undefined): string {
  const said = challenge?.errorDescription ?? challenge?.error;
  return said === undefined ? '' : `: ${quote(said)}`;
}

export function tokenRejected(
  host: string,
  challenge: Challenge | undefined,
  configuredResource: string | undefined,
): McpassError {
  return new McpassError(
    'token_rejected',
    `${host} refuses a token that was issued for it a moment ago${saidIn(challenge)}.`,
    {
      step: 'session',
      fault: configuredResource === undefined ? 'server' : 'yours',
      remedy:
        configuredResource === undefined
          ? {
              do: 'say',
              text: 'the token may be for another audience: compare oauth_resource with what the server expects',
            }
          : correctResource(configuredResource),
    },
  );
}

/** The token may be as good as ever; what goes with it is not taken. */
export function proofRefused(host: string, challenge: Challenge | undefined): McpassError {
  return new McpassError(
    'token_rejected',
    `${host} refuses the proof that the token's key is ours (RFC 9449)${saidIn(challenge)}.`,
    { step: 'session', fault: 'server', remedy: { do: 'sign_in', force: true } },
  );
}

/** Where no token is stored. */
export function noToken(record: CredentialRecord | undefined): McpassError {
  if (record?.wantsNoneAtS === undefined) return signInNeeded('There is no sign-in for this server.');
  return new McpassError('usage', 'This server wants no sign-in: there is no token for it.', {
    step: 'credential',
    fault: 'yours',
    remedy: { do: 'say', text: 'use it as it is' },
  });
}

/** Why a stored sign-in cannot be renewed. */
export function whyNotRenewable(record: CredentialRecord | undefined): string {
  return record?.signInNeeded ?? 'no refresh token was given at the sign-in';
}

/** For a token that lives no longer and cannot be renewed. One that was refused before its time has not expired. */
export function signInOver(record: CredentialRecord | undefined, nowMs: number): McpassError {
  const why = whyNotRenewable(record);
  return signInNeeded(
    isWithinLifetime(record, nowMs)
      ? `The server refuses the token, which cannot be renewed (${why}).`
      : `The sign-in has expired (${why}).`,
  );
}

/** A credential of the configuration that the server does not take. `besides` goes on in the sentence. */
export function configurationRefused(
  host: string,
  header: string | undefined,
  settings: Pick<ServerSettings, 'places'>,
  besides = '',
): McpassError {
  const what = header === undefined ? 'token' : `header ${quote(header, 80)}`;
  const place = header === undefined ? settings.places?.bearerToken : headerPlace(header, settings);
  const where = place === undefined ? '' : ` (${plain(place, 200)})`;
  return new McpassError(
    'token_rejected',
    `${host} refuses the ${what} that is configured for it${where}${besides}.`,
    {
      step: 'credential',
      fault: 'yours',
      ...(header !== undefined && { facts: { header } }),
      remedy: {
        do: 'say',
        text: 'replace its value where it comes from, or remove it to sign in with a browser',
      },
    },
  );
}

export function scopesMissing(
  host: string,
  challenge: Challenge,
  missing: readonly string[],
  union: readonly string[] | undefined,
): McpassError {
  const said = challenge.errorDescription === undefined ? '' : ` ${quote(challenge.errorDescription)}.`;
  const which =
    missing.length > 0
      ? `needs more than was granted: ${missing.map((scope) => quote(scope, 80)).join(', ')}.`
      : 'says that the scopes are not enough, and asks for none that were not granted.';
  return new McpassError('insufficient_scope', `${host} ${which}${said}`, {
    step: 'scopes',
    fault: union === undefined ? 'server' : 'yours',
    facts: { missing },
    ...(union !== undefined && { remedy: { do: 'sign_in', scopes: union } }),
  });
}
