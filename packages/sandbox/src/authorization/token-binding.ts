import { isProof, type ProofJudge, type ProofQuirks } from '../dpop.js';
import type { LoggedRequest } from '../http/request-log.js';
import type { Grant } from './grant.js';
import { refuse, type OAuthError } from './oauth-error.js';

/** Whether tokens are bound to the key of a proof (RFC 9449). */
export interface BindingQuirks extends ProofQuirks {
  /** `offered`: to whoever sends a proof. `required`: and to nobody else, and the MCP server takes no others. */
  readonly dpop: 'off' | 'offered' | 'required';
}

/** The key that a token request was signed with, as its fingerprint; undefined where tokens are bound to none. */
export async function judgeBinding(
  request: LoggedRequest,
  { dpop }: BindingQuirks,
  proofs: ProofJudge,
  url: string,
): Promise<string | undefined | OAuthError> {
  if (dpop === 'off') return undefined;
  if (request.headers['dpop'] === undefined && dpop === 'offered') return undefined;
  const judged = await proofs.judge(request, { url });
  return isProof(judged) ? judged.thumbprint : refuse(judged.error, judged.description);
}

/** A grant belongs to the key that was named with it, or that its first token was bound to (RFC 9449 sections 5 and 10). */
export function bindGrant(grant: Grant, thumbprint: string | undefined): OAuthError | undefined {
  if (grant.boundTo === undefined) {
    if (thumbprint !== undefined) grant.boundTo = thumbprint;
    return undefined;
  }
  if (thumbprint === grant.boundTo) return undefined;
  const what = thumbprint === undefined ? 'no proof was sent' : 'the proof is of another key';
  return refuse('invalid_grant', `the grant is bound to a key, and ${what}`);
}
