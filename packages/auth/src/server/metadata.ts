import { type EndpointRule, judgeEndpoint } from './endpoint-rule.js';
import { McpassError } from '../errors.js';
import { JsonDocument } from '../oauth/json-document.js';
import { differInRootSlash } from './issuer.js';
import { splitScopes } from '../oauth/scope.js';
import { plain, quote, quoteExactly, replaceUnsafe } from '../text.js';
import type { Deviation } from '../events.js';
import type { Endpoints } from '../credential/record.js';
import { transientFailure, type WireAnswer } from '../oauth/wire.js';

/** What an authorization server says of itself, validated. All endpoints have been judged. */
export interface AuthorizationServer {
  /** As the document says it, byte for byte: `iss` is compared with this. */
  readonly issuer: string;
  /** Absent only where no person is sent there. */
  readonly authorizationEndpoint?: string;
  readonly tokenEndpoint: string;
  readonly registrationEndpoint?: string;
  readonly revocationEndpoint?: string;
  readonly deviceAuthorizationEndpoint?: string;
  readonly pushedRequestEndpoint?: string;
  /** Takes only authorization requests that were pushed (RFC 9126 section 5). */
  readonly pushedRequestsRequired?: boolean;
  /** In which it takes proofs of possession (RFC 9449 section 5.1); absent where it takes none. */
  readonly proofAlgorithms?: readonly string[];
  readonly scopesSupported?: readonly string[];
  readonly authMethods?: readonly string[];
  readonly issParameterSupported: boolean;
  readonly clientIdMetadataDocumentSupported: boolean;
  /** Where the document was; absent for the default endpoints of 2025-03-26. */
  readonly metadataUrl?: string;
  /** Nobody named these endpoints: they are the default ones of 2025-03-26. */
  readonly guessed?: true;
}

type Judged =
  | { readonly found: true; readonly server: AuthorizationServer; readonly deviations: readonly Deviation[] }
  | { readonly found: false; readonly why: string };

interface Expectation {
  /** The value that the well-known address was made from (RFC 8414 section 3.3). */
  readonly issuer: string;
  readonly place: string;
  /** Nobody is sent to its page: then it may have none, and no PKCE (RFC 8414 section 2). */
  readonly pageless?: boolean;
  readonly rule: EndpointRule;
  readonly nowMs: number;
}

/**
 * Pure: may this answer be believed as the metadata of `issuer`? RFC 8414 sections 2 and 3.3; MCP authorization,
 * "Authorization Code Protection" for PKCE. Throws `issuer_mismatch`, `pkce_unsupported`, `endpoint_unsafe`,
 * `answer_invalid`, and `server_error` or `rate_limited` for a server in trouble.
 */
export function judgeServerMetadata(answer: WireAnswer, expected: Expectation): Judged {
  const trouble = transientFailure(
    answer,
    `The authorization server's metadata is not to be had just now (${answer.status}).`,
    { step: 'server', facts: { url: plain(expected.place) } },
    expected.nowMs,
  );
  if (trouble !== undefined) throw trouble;
  if (answer.status < 200 || answer.status > 299) return { found: false, why: String(answer.status) };
  const document = JsonDocument.parse(answer.text);
  if (document === undefined) return { found: false, why: 'not a JSON object' };
  const named = document.text('issuer');
  if (named === undefined) return { found: false, why: 'has no issuer' };
  const { issuer, deviation } = judgeIssuer(named, expected);
  if (expected.pageless !== true) {
    checkAttended(document, expected);
    checkPkce(document, expected);
  }
  const server = readServer(document, issuer, expected);
  return {
    found: true,
    server: { ...server, metadataUrl: expected.place },
    deviations: [
      ...(deviation === undefined ? [] : [deviation]),
      ...document.ignored.map((name) => ({
        id: 'A27',
        text: `${name} is of the wrong type and was ignored`,
      })),
    ],
  };
}

interface JudgedIssuer {
  /** The spelling that counts from now on, to the byte, in `iss` too. */
  readonly issuer: string;
  readonly deviation?: Deviation;
}

/**
 * Identical, as strings (RFC 8414 section 3.3): no case folding, no path added or taken. One difference is tolerated,
 * because it is none: an empty path and `/` are the same URL (RFC 3986 section 6.2.3).
 */
function judgeIssuer(named: string, { issuer: expected, rule }: Expectation): JudgedIssuer {
  const trusted = rule.unsafe?.trustedIssuer;
  if (named === expected || named === trusted) return { issuer: named };
  if (trusted !== undefined && trusted === withTenant(named, trusted)) return { issuer: trusted };
  if (differInRootSlash(named, expected)) {
    const text = `the issuer is ${quote(named)} in its metadata; nothing but the slash is another`;
    return { issuer: named, deviation: { id: 'A19', text } };
  }
  throw issuerMismatch(named, expected);
}

/** What Entra writes where the tenant belongs, in the metadata of `common` and `organizations`. */
const TENANT = '{tenantid}';

/** The template with the tenant that `trusted` has in its place; undefined where it has none. */
function withTenant(template: string, trusted: string): string | undefined {
  const [before = '', after, ...more] = template.split(TENANT);
  if (after === undefined || more.length > 0) return undefined;
  const tenant = trusted.slice(before.length, trusted.length - after.length);
  return /^[\w.-]+$/.test(tenant) ? before + tenant + after : undefined;
}

function issuerMismatch(named: string, expected: string): McpassError {
  const template = named.includes(TENANT);
  const words = template
    ? `is a template for many tenants, ${quote(named)}: name yours`
    : `is about another issuer, ${quoteExactly(named)}`;
  const value = template ? named.replace(TENANT, 'YOUR-TENANT-ID') : named;
  // A name that cannot be written down as it is cannot be trusted by name either.
  const speakable = replaceUnsafe(value, () => '') === value && value.length <= 300;
  return new McpassError('issuer_mismatch', `The metadata of ${quoteExactly(expected)} ${words}.`, {
    step: 'server',
    fault: 'server',
    facts: { expected: plain(expected), received: plain(named) },
    remedy: speakable
      ? { do: 'configure', key: 'unsafe.trusted_issuer', value: JSON.stringify(value) }
      : { do: 'say', text: 'ask the operator to correct the issuer in that document' },
  });
}

/** A server for programs alone: no person can sign in there, whatever else it lacks. */
function checkAttended(document: JsonDocument, { issuer }: Expectation): void {
  const grants = document.texts('grant_types_supported');
  if (document.text('authorization_endpoint') !== undefined) return;
  if (grants?.includes('client_credentials') !== true) return;
  throw new McpassError('client_needed', `${quote(issuer)} has no page where a person could sign in.`, {
    step: 'server',
    fault: 'yours',
    facts: { issuer: plain(issuer) },
    remedy: { do: 'configure', key: 'oauth.grant', value: '"client_credentials"' },
  });
}

function checkPkce(document: JsonDocument, { issuer, rule }: Expectation): void {
  const methods = document.texts('code_challenge_methods_supported');
  if (methods?.includes('S256') === true) return;
  if (methods === undefined && rule.unsafe?.assumePkce === true) return;
  const named =
    methods === undefined ? 'does not say that it supports PKCE' : 'does not support PKCE with S256';
  throw new McpassError('pkce_unsupported', `The authorization server ${quote(issuer)} ${named}.`, {
    step: 'server',
    fault: 'server',
    facts: { issuer: plain(issuer) },
    ...(methods === undefined && {
      remedy: { do: 'configure', key: 'unsafe.assume_pkce', value: 'true' } as const,
    }),
  });
}

function readServer(
  document: JsonDocument,
  issuer: string,
  { rule, pageless }: Expectation,
): Omit<AuthorizationServer, 'metadataUrl'> {
  const endpoint = (name: string) => {
    const value = document.text(name);
    return value === undefined ? undefined : checkedEndpoint(value, name, rule);
  };
  const needed = (name: string) => {
    const value = endpoint(name);
    if (value !== undefined) return value;
    throw new McpassError('answer_invalid', `The metadata of ${quote(issuer)} has no ${name}.`, {
      step: 'server',
      fault: 'server',
    });
  };
  const authorizationEndpoint = (pageless === true ? endpoint : needed)('authorization_endpoint');
  const registrationEndpoint = endpoint('registration_endpoint');
  const revocationEndpoint = endpoint('revocation_endpoint');
  const deviceAuthorizationEndpoint = endpoint('device_authorization_endpoint');
  const pushedRequestEndpoint = endpoint('pushed_authorization_request_endpoint');
  const scopesSupported = document.texts('scopes_supported');
  const proofAlgorithms = document.texts('dpop_signing_alg_values_supported');
  const authMethods = document.texts('token_endpoint_auth_methods_supported');
  return {
    issuer,
    tokenEndpoint: needed('token_endpoint'),
    ...(authorizationEndpoint !== undefined && { authorizationEndpoint }),
    ...(registrationEndpoint !== undefined && { registrationEndpoint }),
    ...(revocationEndpoint !== undefined && { revocationEndpoint }),
    ...(deviceAuthorizationEndpoint !== undefined && { deviceAuthorizationEndpoint }),
    ...(pushedRequestEndpoint !== undefined && { pushedRequestEndpoint }),
    ...(document.yes('require_pushed_authorization_requests') && { pushedRequestsRequired: true }),
    ...(scopesSupported !== undefined && { scopesSupported: splitScopes(scopesSupported) }),
    ...(proofAlgorithms !== undefined && proofAlgorithms.length > 0 && { proofAlgorithms }),
    ...(authMethods !== undefined && { authMethods }),
    issParameterSupported: document.yes('authorization_response_iss_parameter_supported'),
    clientIdMetadataDocumentSupported: document.yes('client_id_metadata_document_supported'),
  };
}

/** An endpoint keeps its own spelling unless the rule had to change it; a fragment has no place in it (RFC 6749 3.1). */
function checkedEndpoint(value: string, name: string, rule: EndpointRule): string {
  const url = judgeEndpoint(value, name, 'server', rule);
  url.hash = '';
  return url.href;
}

/** The endpoints that are kept with a credential. */
export function endpointsOf(server: AuthorizationServer): Endpoints {
  return {
    token: server.tokenEndpoint,
    ...(server.authorizationEndpoint !== undefined && { authorization: server.authorizationEndpoint }),
    ...(server.registrationEndpoint !== undefined && { registration: server.registrationEndpoint }),
    ...(server.revocationEndpoint !== undefined && { revocation: server.revocationEndpoint }),
  };
}
