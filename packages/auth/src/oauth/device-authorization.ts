import type { DeviceCode } from '../credential/record.js';
import { McpassError } from '../errors.js';
import type { Deviation } from '../events.js';
import type { AuthorizationServer } from '../server/metadata.js';
import { Secret } from '../secret.js';
import { plain, quote } from '../text.js';
import { isPage, readOAuthError, sayOAuthError } from './error.js';
import { JsonDocument } from './json-document.js';
import { judgeResourceRefusal } from './resource-refusal.js';
import type { TokenReply } from './token-request.js';
import { isTransientStatus, transientFailure, type WireAnswer } from './wire.js';

/* What a server says of a sign-in on another device. Pure. */

/** RFC 8628 section 3.2: when nothing is said. */
const INTERVAL_S = 5;
/** Nobody is asked more often than this, nor more seldom. */
const SHORTEST_S = 1;
const LONGEST_S = 60;
/** Section 3.2 demands `expires_in`. Who leaves it out means something like this. */
const EXPIRES_S = 600;

export interface DeviceAuthorization {
  readonly device: DeviceCode;
  readonly expiresInS: number;
  readonly deviations: readonly Deviation[];
}

/** Where codes are to be had. Throws `client_needed` where they are not. */
export function deviceEndpointOf({ issuer, deviceAuthorizationEndpoint }: AuthorizationServer): string {
  if (deviceAuthorizationEndpoint !== undefined) return deviceAuthorizationEndpoint;
  throw new McpassError(
    'client_needed',
    `${quote(issuer)} has no sign-in by a code on another device (no device_authorization_endpoint).`,
    {
      step: 'authorization',
      fault: 'yours',
      facts: { issuer: plain(issuer) },
      remedy: { do: 'say', text: 'sign in without --device and without oauth.grant = "device_code"' },
    },
  );
}

/** The code and where to enter it (RFC 8628 section 3.2). Throws why there is none. */
export function judgeDeviceAuthorization(
  answer: WireAnswer,
  issuer: string,
  nowMs: number,
  resource?: string,
): DeviceAuthorization {
  const isGood = answer.status >= 200 && answer.status <= 299;
  const document = isGood ? JsonDocument.parse(answer.text) : undefined;
  const code = document?.text('device_code');
  const userCode = document?.text('user_code');
  const standard = document?.text('verification_uri');
  const verificationUri = standard ?? document?.text('verification_url');
  if (document === undefined || code === undefined || userCode === undefined || verificationUri === undefined)
    throw refusal(answer, issuer, nowMs, resource);
  const complete = document.text('verification_uri_complete');
  const wished = seconds(document.raw('interval')) ?? INTERVAL_S;
  const intervalS = Math.min(LONGEST_S, Math.max(SHORTEST_S, Math.ceil(wished)));
  const expiresInS = seconds(document.raw('expires_in'));
  return {
    device: {
      code: new Secret(code),
      userCode: plain(userCode, 40),
      verificationUri,
      ...(complete !== undefined && { verificationUriComplete: complete }),
      intervalS,
    },
    expiresInS: expiresInS === undefined ? EXPIRES_S : Math.floor(expiresInS),
    deviations: [
      ...(standard === undefined ? [{ id: 'D01', text: 'verification_uri is called verification_url' }] : []),
      ...(expiresInS === undefined ? [{ id: 'D02', text: 'the device code has no expires_in' }] : []),
    ],
  };
}

function seconds(raw: unknown): number | undefined {
  const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function refusal(
  answer: WireAnswer,
  issuer: string,
  nowMs: number,
  resource: string | undefined,
): McpassError {
  const error = readOAuthError(answer);
  const facts = { status: error.status, ...(error.code !== undefined && { error: error.code }) };
  const details = { step: 'authorization', fault: 'server', facts } as const;
  const said = quote(sayOAuthError(error), 240);
  const busy = `${quote(issuer)} could not give out a code just now: ${said}.`;
  const trouble = transientFailure(answer, busy, details, nowMs);
  if (trouble !== undefined) return trouble;
  if (answer.status <= 299 && error.code === undefined) {
    const what = isPage(answer) ? 'an HTML page' : 'an answer without a code or an address';
    return new McpassError('answer_invalid', `${quote(issuer)} answered the device with ${what}.`, details);
  }
  return new McpassError('authorization_refused', `${quote(issuer)} gives this client no code: ${said}.`, {
    ...details,
    ...judgeResourceRefusal({ error: error.code, description: error.description }, resource),
  });
}

/** What an answer of the token endpoint means while somebody may still enter the code (RFC 8628 section 3.5). */
export type Polled = 'pending' | 'slow_down' | 'trouble' | 'refused' | 'expired' | 'over';

export function judgePoll({ read, wire }: TokenReply): Polled {
  if (read.ok !== false) return 'over';
  switch (read.error.code) {
    case 'authorization_pending':
      return 'pending';
    case 'slow_down':
      return 'slow_down';
    case 'access_denied':
      return 'refused';
    case 'expired_token':
      return 'expired';
    default:
      return isTransientStatus(wire.status) ? 'trouble' : 'over';
  }
}

/** Milliseconds until the next question, after one that was asked with that pause. */
export function nextPauseMs(polled: 'pending' | 'slow_down' | 'trouble', pauseMs: number): number {
  if (polled === 'slow_down') return pauseMs + 5_000;
  return polled === 'trouble' ? Math.min(pauseMs * 2, LONGEST_S * 1000) : pauseMs;
}
