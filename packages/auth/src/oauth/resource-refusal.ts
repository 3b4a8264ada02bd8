import type { ErrorDetails } from '../errors.js';
import { quote } from '../text.js';

/** What an authorization server said when it refused a request. */
interface Refusal {
  readonly error?: string | undefined;
  readonly description?: string | undefined;
}

/**
 * Entra: `resource` and the scopes belong to different things (AADSTS9010010), or there is no such parameter there
 * (AADSTS901002). The scopes name the resource as well, so that it can be left out.
 */
const LEAVE_OUT = /\bAADSTS(?:9010010|901002)\b/;

type Judged = Required<Pick<ErrorDetails, 'fault' | 'remedy'>>;

/**
 * Pure: whose fault a refused `resource` is (RFC 8707 section 2), and what to do about it; undefined where something else was
 * refused. `configured` is the one that the configuration chose, if it did.
 */
export function judgeResourceRefusal(
  { error, description = '' }: Refusal,
  configured: string | undefined,
): Judged | undefined {
  const mustGo = LEAVE_OUT.test(description) && configured !== 'none';
  if (!mustGo && error !== 'invalid_target') return undefined;
  const fault = configured === undefined ? 'server' : 'yours';
  if (configured !== undefined && !mustGo) return { fault, remedy: correctResource(configured) };
  const value = mustGo ? '"none"' : '"the name that the server has there, or none"';
  return { fault, remedy: { do: 'configure', key: 'oauth_resource', value } };
}

/** For a `resource` that the configuration has chosen, and that turns out to be the wrong one. */
export function correctResource(configured: string): Judged['remedy'] {
  return {
    do: 'say',
    text: `correct oauth_resource, which is ${quote(configured, 200)} in the configuration, or take it out`,
  };
}
