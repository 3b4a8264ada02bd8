import { revocationRequest } from 'oauth4webapi';

import { clientAuthentication, clientSecret } from './client-authentication.js';
import { isMcpassError } from './errors.js';
import type { Fact } from './events.js';
import { readOAuthError, sayOAuthError } from './oauth-error.js';
import { oauthRequest } from './oauth-request.js';
import type { Ports } from './ports.js';
import type { CredentialRecord, Grant, RecordKey } from './record.js';
import type { Secret } from './secret.js';
import type { ServerSettings } from './settings.js';
import type { Wire } from './wire.js';

export interface SignOutReport {
  /** What happened to the tokens at the server. */
  readonly revocation: 'revoked' | 'not_offered' | 'failed' | 'nothing_to_revoke';
  /** Why it failed, one line. */
  readonly detail?: string;
  /** Whether there was anything to delete here. */
  readonly deleted: boolean;
}

export interface SignOutParts {
  readonly key: RecordKey;
  readonly settings: ServerSettings;
  readonly wire: Wire;
  readonly ports: Pick<Ports, 'store'>;
  decide(step: 'token', what: string, facts: Readonly<Record<string, Fact>>): void;
}

/**
 * Deletes the credential here in any case, then revokes it at the server where that is offered (RFC 7009). In this
 * order, and under the record's lock, so that a refresh under way cannot bring it back.
 */
export async function signOut(keepClient: boolean, parts: SignOutParts): Promise<SignOutReport> {
  let before: CredentialRecord | undefined;
  await parts.ports.store.update(parts.key, async (current) => {
    before = current;
    if (current === undefined) return undefined;
    return keepClient ? clientOnly(current) : undefined;
  });
  const deleted = before !== undefined;
  if (before?.grant === undefined) return { revocation: 'nothing_to_revoke', deleted };
  return { ...(await revoke(before.grant, parts)), deleted };
}

/** Keeps a registration for the next sign-in; there is nothing else worth keeping. */
function clientOnly({ grant, registration, version, generation, server, account }: CredentialRecord) {
  const client = registration ?? (grant?.client.origin === 'registered' ? grant.client : undefined);
  return client === undefined ? undefined : { version, generation, server, account, registration: client };
}

async function revoke(grant: Grant, parts: SignOutParts): Promise<Omit<SignOutReport, 'deleted'>> {
  if (grant.endpoints.revocation === undefined) return { revocation: 'not_offered' };
  // The refresh token first: it ends the whole grant at most servers (RFC 7009 section 2.1).
  const failures: string[] = [];
  const { access, refresh } = grant.tokens;
  const tokens: [string, Secret | undefined][] = [
    ['refresh_token', refresh],
    ['access_token', access],
  ];
  for (const [hint, token] of tokens) {
    if (token === undefined) continue;
    const failure = await revokeToken(token, hint, grant, grant.endpoints.revocation, parts);
    parts.decide('token', 'revocation', { token: hint, result: failure ?? 'revoked' });
    if (failure !== undefined) failures.push(failure);
  }
  const [detail] = failures;
  return detail === undefined ? { revocation: 'revoked' } : { revocation: 'failed', detail };
}

async function revokeToken(
  token: Secret,
  hint: string,
  { client, issuer }: Grant,
  endpoint: string,
  { settings, wire }: SignOutParts,
): Promise<string | undefined> {
  try {
    const secret = await clientSecret(client, settings.client);
    const answer = await oauthRequest('token', 'revocation_endpoint', { wire }, (options) =>
      revocationRequest(
        { issuer, revocation_endpoint: endpoint },
        { client_id: client.id },
        clientAuthentication(client.authMethod, secret),
        token.reveal(),
        { ...options, additionalParameters: { token_type_hint: hint } } as Parameters<
          typeof revocationRequest
        >[4],
      ),
    );
    return answer.status >= 200 && answer.status <= 299 ? undefined : sayOAuthError(readOAuthError(answer));
  } catch (error) {
    if (isMcpassError(error)) return error.message;
    throw error;
  }
}
