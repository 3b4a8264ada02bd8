import type { McpassError } from '../errors.js';
import type { Ports } from '../ports.js';
import { judgeRejection, wasRejected } from './pause.js';
import type { CredentialRecord, Grant, RecordKey } from './record.js';
import type { Secret } from '../secret.js';

/* What a refusal leaves in the record for other processes, and what takes it away. A credential in doubt is still offered:
   the first request that the server accepts ends the doubt. Written after a refusal only, never for each request. */

export interface DoubtParts {
  readonly key: RecordKey;
  readonly ports: Pick<Ports, 'store' | 'clock'>;
}

/** For so long, in seconds, a renewal that did not content the request it was made for is not tried for another one. */
const VAIN_S = 300;

/** True where an accepted request would be news to others: something in the record speaks against the token. */
export function isDoubted(record: CredentialRecord | undefined): boolean {
  const tokens = record?.grant?.tokens;
  if (tokens === undefined) return false;
  if (tokens.refusedAtS !== undefined || wasRejected(record)) return true;
  return record?.lastRefresh?.vainAtS !== undefined && tokens.acceptedAtS === undefined;
}

/** True while the last renewal is known to have been no help against a refusal. */
export function wasRenewedInVain(record: CredentialRecord | undefined, nowMs: number): boolean {
  const atS = record?.lastRefresh?.vainAtS;
  if (atS === undefined) return false;
  const agoS = nowMs / 1000 - atS;
  return agoS >= 0 && agoS < VAIN_S;
}

/** A token that got a 401 before its time is renewed before it is used again. */
export function withRefusal(current: CredentialRecord, grant: Grant, nowMs: number): CredentialRecord {
  return {
    ...current,
    grant: { ...grant, tokens: { ...grant.tokens, refusedAtS: Math.floor(nowMs / 1000) } },
  };
}

/** Notes that nothing was accepted with a token that was renewed a moment ago. */
export function noteRejection(token: Secret, error: McpassError, parts: DoubtParts): Promise<void> {
  return note(token, parts, (current, grant, nowMs) => ({
    ...withRefusal(current, grant, nowMs),
    lastRefresh: judgeRejection(error, nowMs),
  }));
}

/** Notes that a renewal was no help against one refusal, which says nothing against the token. */
export function noteVainRenewal(token: Secret, parts: DoubtParts): Promise<void> {
  return note(token, parts, (current, _, nowMs) => {
    const { lastRefresh } = current;
    if (lastRefresh?.outcome !== 'renewed' || wasRenewedInVain(current, nowMs)) return current;
    return { ...current, lastRefresh: { ...lastRefresh, vainAtS: Math.floor(nowMs / 1000) } };
  });
}

/** Notes that the server has accepted a token that was in doubt. */
export function noteAcceptance(token: Secret, parts: DoubtParts): Promise<void> {
  return note(token, parts, (current, grant, nowMs) => {
    if (!isDoubted(current)) return current;
    const { refusedAtS: _, ...tokens } = grant.tokens;
    const { lastRefresh } = current;
    // The renewal had succeeded; only the request that it was made for was refused all the same.
    const renewed = wasRejected(current) &&
      lastRefresh && {
        lastRefresh: { atS: lastRefresh.atS, outcome: 'renewed' as const, vainAtS: lastRefresh.atS },
      };
    return {
      ...current,
      grant: { ...grant, tokens: { ...tokens, acceptedAtS: Math.floor(nowMs / 1000) } },
      ...renewed,
    };
  });
}

/** Another token in the record is left alone. */
async function note(
  token: Secret,
  { key, ports }: DoubtParts,
  change: (current: CredentialRecord, grant: Grant, nowMs: number) => CredentialRecord,
): Promise<void> {
  await ports.store.update(key, async (current) => {
    const grant = current?.grant;
    if (current === undefined || grant === undefined || !grant.tokens.access.equals(token)) return current;
    return change(current, grant, ports.clock.now());
  });
}
