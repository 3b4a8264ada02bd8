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
function clientOnly(record: CredentialRecord): CredentialRecord | undefined {
  const { grant, registration, version, generation, server, account } = record;
  const known = grant?.client.origin === 'registered' && record.lastRefresh?.outcome !== 'client_refused';
  const client = registration ?? (known ? grant.client : undefined);
  return client === undefined ? undefined : { version, generation, server, account, registration: client };
}

async function revoke(grant: Grant, parts: SignOutParts): Promise<Omit<SignOutReport, 'deleted'>> {
  const endpoint = grant.endpoints.revocation;
  if (endpoint === undefined) return { revocation: 'not_offered' };
  const { access, refresh } = grant.tokens;
  // The refresh token first: it ends the whole grant at most servers (RFC 7009 section 2.1).
  const whole = refresh && (await revokeToken(refresh, 'refresh_token', grant, endpoint, parts));
  const single = await revokeToken(access, 'access_token', grant, endpoint, parts);
  // Self-contained access tokens cannot be taken back; without the refresh token they end soon (section 2.2.1).
  const enough = whole?.revoked === true && single.code === 'unsupported_token_type';
  const failed = [whole, single].find((attempt) => attempt?.revoked === false);
  return failed === undefined || enough
    ? { revocation: 'revoked' }
    : { revocation: 'failed', detail: failed.why };
}

type Revocation =
  | { readonly revoked: true; readonly code?: undefined }
  | { readonly revoked: false; readonly why: string; readonly code: string | undefined };

async function revokeToken(
  token: Secret,
  hint: string,
  { client, issuer }: Grant,
  endpoint: string,
  { settings, wire, decide }: SignOutParts,
): Promise<Revocation> {
  const failed = (why: string, code?: string): Revocation => {
    decide('token', 'revocation', { token: hint, failed: why });
    return { revoked: false, why, code };
  };
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
    if (answer.status < 200 || answer.status > 299) {
      const error = readOAuthError(answer);
      return failed(sayOAuthError(error), error.code);
    }
    decide('token', 'revocation', { token: hint });
    return { revoked: true };
  } catch (error) {
    if (isMcpassError(error)) return failed(error.message);
    throw error;
  }
}
