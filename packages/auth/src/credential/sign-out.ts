import { revocationRequest } from 'oauth4webapi';

import { bindClient } from './client-binding.js';
import { clientAuthentication, clientProof, NO_CLIENT } from '../oauth/client-authentication.js';
import { isMcpassError, McpassError } from '../errors.js';
import type { Fact } from '../events.js';
import { isPage, readOAuthError, sayOAuthError } from '../oauth/error.js';
import { oauthRequest } from '../oauth/request.js';
import type { Ports } from '../ports.js';
import { plain } from '../text.js';
import type { CredentialRecord, Grant, RecordKey } from './record.js';
import type { Secret } from '../secret.js';
import type { ServerSettings } from '../server/settings.js';
import type { Wire } from '../oauth/wire.js';

/** Whoever signs out need not wait for longer than this, in milliseconds: what is here is gone by then. */
const REVOCATION_TIMEOUT_MS = 10_000;

export interface SignOutReport {
  /** What happened to the tokens at the server. */
  readonly revocation: 'revoked' | 'not_offered' | 'failed' | 'nothing_to_revoke';
  /** Why it failed and how the grant can be ended all the same, one line. */
  readonly detail?: string;
  /** Whether there was anything to delete here. */
  readonly deleted: boolean;
}

export interface SignOutParts {
  readonly key: RecordKey;
  readonly settings: ServerSettings;
  readonly wire: Wire;
  readonly ports: Pick<Ports, 'store' | 'clients' | 'clock'>;
  decide(step: 'token', what: string, facts: Readonly<Record<string, Fact>>): void;
}

/**
 * Deletes the credential here in any case, then revokes it at the server where that is offered (RFC 7009). In this
 * order, and under the record's lock, so that a refresh under way cannot bring it back.
 */
export async function signOut(keepClient: boolean, parts: SignOutParts): Promise<SignOutReport> {
  await noteBinding(parts);
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

/** Where the client of this sign-in belongs must be known after it too. */
async function noteBinding({ key, settings, ports }: SignOutParts): Promise<void> {
  // What cannot be read or written here keeps nobody signed in.
  const grant = (await ports.store.read(key).catch(() => undefined))?.grant;
  if (grant?.client.origin !== 'configured') return;
  const { issuer, client, endpoints } = grant;
  const wanted = { id: client.id, issuer, tokenEndpoint: endpoints.token, step: 'credential' } as const;
  await bindClient(wanted, { settings, ports }).catch(() => undefined);
}

/** Keeps a registration for the next sign-in; there is nothing else worth keeping. */
function clientOnly(record: CredentialRecord): CredentialRecord | undefined {
  const { grant, registration, version, generation, server, account, variant } = record;
  const known =
    grant?.client.origin === 'registered' &&
    grant.client.id !== '' &&
    record.lastRefresh?.outcome !== 'client_refused';
  const client = registration ?? (known ? grant.client : undefined);
  if (client === undefined) return undefined;
  const key = { server, account, ...(variant !== undefined && { variant }) };
  return { version, generation, ...key, registration: client };
}

async function revoke(grant: Grant, parts: SignOutParts): Promise<Omit<SignOutReport, 'deleted'>> {
  const endpoint = grant.endpoints.revocation;
  const otherwise = `to end it there, look for mcpass among the connected apps of ${plain(grant.issuer, 120)}`;
  if (endpoint === undefined) return { revocation: 'not_offered', detail: otherwise };
  const { access, refresh } = grant.tokens;
  const deadline = startDeadline(endpoint, parts);
  try {
    // The refresh token first: it ends the whole grant at most servers (RFC 7009 section 2.1).
    const whole = refresh && (await revokeToken(refresh, 'refresh_token', grant, endpoint, parts, deadline));
    const single = deadline.signal.aborted
      ? undefined
      : await revokeToken(access, 'access_token', grant, endpoint, parts, deadline);
    // Self-contained access tokens cannot be taken back; without the refresh token they end soon (section 2.2.1).
    const enough = whole?.revoked === true && single?.code === 'unsupported_token_type';
    const failed = [whole, single].find((attempt) => attempt?.revoked === false);
    return failed === undefined || enough
      ? { revocation: 'revoked' }
      : { revocation: 'failed', detail: `${plain(failed.why, 120).replace(/\.$/, '')}; ${otherwise}` };
  } finally {
    deadline.end();
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  end(): void;
}

/** One for all requests of a sign-out together. */
function startDeadline(endpoint: string, { ports }: SignOutParts): Deadline {
  const over = new AbortController();
  const done = new AbortController();
  const host = URL.canParse(endpoint) ? new URL(endpoint).host : plain(endpoint);
  const seconds = REVOCATION_TIMEOUT_MS / 1000;
  void ports.clock.wait(REVOCATION_TIMEOUT_MS, done.signal).then(
    () =>
      over.abort(
        new McpassError('timeout', `${host} did not answer within ${seconds} seconds.`, {
          step: 'token',
          fault: 'network',
        }),
      ),
    () => undefined,
  );
  return { signal: over.signal, end: () => done.abort() };
}

type Revocation =
  | { readonly revoked: true; readonly code?: undefined }
  | { readonly revoked: false; readonly why: string; readonly code: string | undefined };

async function revokeToken(
  token: Secret,
  hint: string,
  { client, type, issuer, endpoints }: Grant,
  endpoint: string,
  { settings, wire, ports, decide }: SignOutParts,
  { signal }: Deadline,
): Promise<Revocation> {
  const failed = (why: string, code?: string): Revocation => {
    decide('token', 'revocation', { token: hint, failed: why });
    return { revoked: false, why, code };
  };
  // A workload has no client and needs none.
  if (client.id === '' && type === undefined)
    return failed('the token was brought, and nobody knows its client');
  try {
    if (client.origin === 'configured') {
      const wanted = { id: client.id, issuer, tokenEndpoint: endpoints.token, step: 'credential' } as const;
      await bindClient(wanted, { settings, ports });
    }
    const proof = await clientProof(client, settings);
    const answer = await oauthRequest('token', 'revocation_endpoint', { wire, signal }, (options) =>
      revocationRequest(
        { issuer, revocation_endpoint: endpoint },
        { client_id: client.id === '' ? NO_CLIENT : client.id },
        clientAuthentication(client.authMethod, proof, ports.clock.now()),
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
    // Success by its status, whatever the body (RFC 7009 section 2.2); but a page comes from something in between.
    if (isPage(answer)) return failed('the server answered with a web page, and may not have revoked it');
    decide('token', 'revocation', { token: hint });
    return { revoked: true };
  } catch (error) {
    if (isMcpassError(error)) return failed(error.message);
    throw error;
  }
}
