import { McpassError } from '../errors.js';
import type { Fact } from '../events.js';
import { isSameIssuer } from '../server/issuer.js';
import type { ServerSettings } from '../server/settings.js';
import { plain, quote } from '../text.js';
import { jwtClaims } from './jwt-claims.js';

/* The token by which a platform vouches for a workload (RFC 7523 section 2.1): Kubernetes, SPIFFE, GitHub Actions. It is
   judged before it goes anywhere: whoever gets a token for somebody else could use it there. */

/** Below this many seconds a clock may be wrong, and the server decides. */
const SKEW_S = 60;

interface Expectation {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly nowMs: number;
  readonly settings: Pick<ServerSettings, 'assertionAudience' | 'places'>;
}

/**
 * Pure: throws `config_invalid` for what is no such token, what is over, and what is meant for another server; else returns
 * what it says, for the log.
 */
export function judgeWorkloadAssertion(
  text: string,
  { issuer, tokenEndpoint, nowMs, settings }: Expectation,
): Readonly<Record<string, Fact>> {
  const place = settings.places?.assertion === undefined ? '' : ` ${plain(settings.places.assertion, 300)}`;
  const refused = (why: string, remedy: string) =>
    new McpassError('config_invalid', `The workload's token${place} ${why}.`, {
      step: 'token',
      fault: 'yours',
      remedy: { do: 'say', text: remedy },
    });
  const malformed = (why: string) =>
    refused(`is malformed: ${why}`, 'it has to be a JWT, and nothing besides');
  const claims = jwtClaims(text);
  if (claims === undefined || /\s/.test(text)) throw malformed('it is no JWT');
  const { exp, nbf, aud, iss, sub } = claims;
  if (typeof exp !== 'number') throw malformed('it does not say when it ends (exp)');
  const nowS = nowMs / 1000;
  const renew = 'have the platform write a new one, or check the clock of this machine';
  if (exp <= nowS) throw refused(`has expired (${ago(nowS - exp)} ago, by the clock of this machine)`, renew);
  if (typeof nbf === 'number' && nbf > nowS + SKEW_S)
    throw refused(`is not valid yet (for ${ago(nbf - nowS)} more, by the clock of this machine)`, renew);
  const audiences = [aud].flat().filter((one) => typeof one === 'string');
  const { assertionAudience: wanted } = settings;
  const fits = (one: string) =>
    wanted === undefined ? isSameIssuer(one, issuer) || one === tokenEndpoint : one === wanted;
  if (!audiences.some(fits)) {
    const named = audiences.length === 0 ? 'nobody' : audiences.map((one) => quote(one, 120)).join(', ');
    throw refused(
      `is for ${named}, and not for ${quote(wanted ?? issuer, 200)}`,
      `have the platform write one with the audience ${plain(wanted ?? issuer, 200)}, or set oauth.assertion_audience`,
    );
  }
  return {
    ...(typeof iss === 'string' && { iss }),
    ...(typeof sub === 'string' && { sub }),
    aud: audiences,
    expires_in: Math.floor(exp - nowS),
  };
}

function ago(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 120
    ? `${whole} s`
    : whole < 7_200
      ? `${Math.round(whole / 60)} min`
      : `${Math.round(whole / 3600)} h`;
}
