import { AuthorizationResponseError, validateAuthResponse } from 'oauth4webapi';

import { knownRefusal } from '../../oauth/known-refusal.js';
import { judgeResourceRefusal } from '../../oauth/resource-refusal.js';
import { type ErrorDetails, McpassError } from '../../errors.js';
import { plain, quote, quoteExactly } from '../../text.js';
import type { AuthorizationServer } from '../../server/metadata.js';
import type { ServerSettings, UnsafeOverrides } from '../../server/settings.js';
import type { SignInContext } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import type { Requested } from './authorization.js';
import type { Identified } from './client.js';
import type { Answered } from './consent.js';

export interface CodeReceived {
  /** Marked by oauth4webapi as validated: nothing else is accepted by its token request. */
  readonly authorizationResponse: URLSearchParams;
}

/** Step 8: may the answer be believed (RFC 9207 section 2.4, RFC 6749 sections 4.1.2 and 10.12)? */
export async function callback(
  state: ServerChosen & Identified & Requested & Answered,
  context: SignInContext,
): Promise<CodeReceived> {
  const authorizationResponse = judgeCallback(state, context.settings);
  context.decide('authorization', 'callback', {
    iss: state.callback.get('iss') ?? 'none',
    iss_promised: state.authorizationServer.issParameterSupported,
  });
  return { authorizationResponse };
}

/** Pure. Throws `authorization_invalid`, `login_refused`, `authorization_refused`. */
export function judgeCallback(
  {
    authorizationServer,
    client,
    state,
    callback: parameters,
  }: ServerChosen & Identified & Requested & Answered,
  { unsafe, resource }: Pick<ServerSettings, 'unsafe' | 'resource'> = {},
): URLSearchParams {
  checkIssuer(parameters, authorizationServer, unsafe);
  // The token request would find out as well, but not with one of our errors.
  if (parameters.getAll('code').length > 1) {
    throw invalid('The answer to the authorization request has two codes.');
  }
  const expected = {
    issuer: parameters.get('iss') ?? authorizationServer.issuer,
    authorization_response_iss_parameter_supported: parameters.has('iss'),
  };
  try {
    const validated = validateAuthResponse(expected, { client_id: client.id }, parameters, state);
    if (validated.get('code')) return validated;
  } catch (error) {
    if (error instanceof AuthorizationResponseError)
      throw refused(error, authorizationServer.issuer, resource);
    throw invalid('The answer to the authorization request is not well formed.');
  }
  throw invalid('The answer to the authorization request has no code.');
}

/**
 * The table of MCP authorization, "Authorization Response Validation", as strings. On a mismatch the answer may be
 * somebody else's: its error text is not shown.
 */
function checkIssuer(
  parameters: URLSearchParams,
  server: AuthorizationServer,
  unsafe: UnsafeOverrides | undefined,
): void {
  const received = parameters.getAll('iss');
  if (received.length > 1) throw invalid('The answer to the authorization request names two issuers.');
  const [iss] = received;
  if (iss === undefined) {
    if (!server.issParameterSupported || unsafe?.allowMissingIss === true) return;
    throw invalid(`${quote(server.issuer)} promises to name itself in its answer (iss) and did not.`, {
      facts: { expected: plain(server.issuer) },
      remedy: { do: 'configure', key: 'unsafe.allow_missing_iss', value: 'true' },
    });
  }
  if (iss === server.issuer || iss === unsafe?.trustedCallbackIssuer) return;
  throw invalid(`The answer comes from ${quoteExactly(iss)}, but ${quoteExactly(server.issuer)} was asked.`, {
    facts: { expected: plain(server.issuer), received: plain(iss) },
    remedy: {
      do: 'configure',
      key: 'unsafe.trusted_callback_issuer',
      value: JSON.stringify(plain(iss)),
    },
  });
}

// Without a cause: that of oauth4webapi holds the parameters, the code among them.
function invalid(message: string, details: Pick<ErrorDetails, 'facts' | 'remedy'> = {}): McpassError {
  return new McpassError('authorization_invalid', message, {
    step: 'authorization',
    fault: 'server',
    ...details,
  });
}

function refused(
  { error, error_description: words }: AuthorizationResponseError,
  issuer: string,
  configuredResource: string | undefined,
): McpassError {
  const said = quote(words === undefined ? error : `${error}: ${words}`);
  const facts = { error: plain(error, 80), issuer: plain(issuer) };
  const details = { step: 'authorization' as const, facts };
  if (error === 'access_denied') {
    return new McpassError('login_refused', `The sign-in was refused at ${quote(issuer)}: ${said}.`, {
      ...details,
      fault: 'yours',
      remedy: { do: 'sign_in' },
    });
  }
  return new McpassError(
    'authorization_refused',
    `${quote(issuer)} refused the authorization request: ${said}.`,
    {
      ...details,
      fault: 'server',
      ...(judgeResourceRefusal({ error, description: words }, configuredResource) ??
        knownRefusal(error, words)),
    },
  );
}
