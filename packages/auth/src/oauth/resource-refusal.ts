import type { Remedy } from '../errors.js';

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

/** Pure: what to do about a refused `resource` (RFC 8707 section 2); undefined where something else was refused. */
export function resourceRemedy({ error, description = '' }: Refusal): Remedy | undefined {
  if (LEAVE_OUT.test(description)) return { do: 'configure', key: 'oauth_resource', value: '"none"' };
  if (error !== 'invalid_target') return undefined;
  return { do: 'configure', key: 'oauth_resource', value: '"the name that the server has there, or none"' };
}
