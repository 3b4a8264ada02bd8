import { type CredentialRecord, type RecordKey, shownUrl } from '@mcpass/auth';
import type { PoolClient } from 'pg';

interface AuditEvent {
  readonly event: 'issue' | 'refresh' | 'delete';
  readonly outcome: string;
}

/** What a change came to; undefined for one that nobody asks about later. */
export function auditEvent(
  current: CredentialRecord | undefined,
  next: CredentialRecord | undefined,
): AuditEvent | undefined {
  if (next === undefined) return { event: 'delete', outcome: 'done' };
  if (next.grant !== undefined && next.grant.signedInAtS !== current?.grant?.signedInAtS)
    return { event: 'issue', outcome: 'done' };
  if (next.lastRefresh !== undefined && next.lastRefresh !== current?.lastRefresh)
    return { event: 'refresh', outcome: next.lastRefresh.outcome };
  const before = current?.grant?.tokens.access.reveal();
  return before === next.grant?.tokens.access.reveal() ? undefined : { event: 'refresh', outcome: 'renewed' };
}

/** In the transaction of the change, so that neither is without the other. */
export async function writeAudit(
  client: PoolClient,
  tenant: string,
  who: string,
  { server, account }: RecordKey,
  { event, outcome }: AuditEvent,
): Promise<void> {
  await client.query(
    'INSERT INTO mcpass.audit (tenant, who, server, account, event, outcome) VALUES ($1, $2, $3, $4, $5, $6)',
    // An address may have a secret in it.
    [tenant, who, shownUrl(server), account, event, outcome],
  );
}
