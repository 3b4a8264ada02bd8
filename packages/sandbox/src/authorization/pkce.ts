import { createHash } from 'node:crypto';
import type { Code } from './grant.js';

/** Whether the verifier belongs to the code's challenge (RFC 7636 section 4.6). */
export function verifies(verifier: string | null, code: Code): boolean {
  if (code.challenge === undefined) return verifier === null;
  // Section 4.1: 43 to 128 unreserved characters.
  if (verifier === null || !/^[\w.~-]{43,128}$/.test(verifier)) return false;
  const derived =
    code.challengeMethod === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
  return derived === code.challenge;
}
