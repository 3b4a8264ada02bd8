import type { LoggedRequest } from '../http/request-log.js';
import { parseScope } from '../authorization/scope.js';
import type { AccessToken } from '../authorization/grant.js';
import type { BindingQuirks } from '../authorization/token-binding.js';
import { isProof, type ProofJudge } from '../dpop.js';
import {
  challengeLines,
  type ChallengeParameters,
  type ChallengeQuirks,
  type HeaderLine,
} from './challenge.js';

/**
 * An operation of the MCP endpoint: a JSON-RPC method (`tools/list`), a call by its name (`tools/call write`),
 * `GET` and `DELETE` for those, `response` for an answer to the server, or `*` for all that is not mentioned.
 */
export type Operation = string;

/** Who may do what. */
export interface GuardQuirks extends ChallengeQuirks {
  /** Whether there is any protection at all. */
  readonly protected: boolean;
  /** Operations that need no token. */
  readonly anonymous: readonly Operation[];
  /** Scopes that an operation needs, space-separated. */
  readonly scopesNeeded: Readonly<Record<Operation, string>>;
  /** Takes no token at all, however good: what a dead upstream or a wrong audience looks like (Sentry). */
  readonly tokensRefused: boolean;
  /** What a call with a dead token gets: a challenge, or a 200 with a failed result (MediaWiki). */
  readonly deadTokenAnswer: 'challenge' | 'tool-error';
  /** A header that every request to the MCP server's origin must have, metadata included. */
  readonly requiredHeader?: { readonly name: string; readonly value: string } | undefined;
}

/** Who is calling. Nobody in particular when the operation is open to all. */
export type Caller = Pick<AccessToken, 'grant'> | undefined;

/** A refusal, ready to be sent. */
export interface Denial {
  readonly status: number;
  readonly lines: readonly HeaderLine[];
  readonly body: object;
  /** The rule that was broken, for whoever watches. */
  readonly rule: string;
}

/** What the guard needs to know. */
export interface GuardSituation {
  readonly quirks: GuardQuirks & Pick<BindingQuirks, 'dpop' | 'dpopAlgorithms'>;
  readonly proofs: ProofJudge;
  /** The address that a proof has to name. */
  readonly url: string;
  /** What this server is called in OAuth: the only audience it takes tokens for. */
  readonly resource: string;
  readonly metadataUrl: string | undefined;
  readonly inspect: (token: string) => AccessToken | undefined;
}

/** Decides whether a request to the MCP endpoint may pass. */
export async function judgeAccess(
  request: LoggedRequest,
  situation: GuardSituation,
): Promise<{ caller: Caller } | Denial> {
  const { quirks } = situation;
  if (!quirks.protected) return { caller: undefined };
  const needed = parseScope(lookUp(quirks.scopesNeeded, request));
  const [, scheme = '', value] = /^(bearer|dpop) +(.+)$/i.exec(request.headers['authorization'] ?? '') ?? [];
  if (value === undefined) {
    if (lookUp(Object.fromEntries(quirks.anonymous.map((name) => [name, true])), request) === true) {
      return { caller: undefined };
    }
    return unauthorized(situation, needed, quirks.challengeError, 'no access token');
  }
  const token = situation.inspect(value);
  // RFC 8707 section 2: a token for somebody else is no token.
  const rule = deadRule(token, situation);
  if (token === undefined || rule !== undefined) {
    return unauthorized(situation, needed, 'invalid_token', rule ?? 'unknown token');
  }
  const refusal = await judgePossession(request, scheme, token, situation);
  if (refusal !== undefined)
    return unauthorized(situation, needed, refusal.error, refusal.description, refusal.description);
  const missing = needed.filter((name) => !token.grant.scopes.includes(name));
  return missing.length === 0 ? { caller: token } : insufficient(situation, needed);
}

/** A token that is bound to a key comes with a proof of it, and under no other scheme (RFC 9449 section 7). */
async function judgePossession(
  request: LoggedRequest,
  scheme: string,
  { grant, value: accessToken }: AccessToken,
  { proofs, url, quirks }: GuardSituation,
): Promise<{ readonly error: string; readonly description: string } | undefined> {
  const isBound = grant.boundTo !== undefined;
  if (!isBound && quirks.dpop !== 'required') return undefined;
  const refuse = (description: string) => ({ error: 'invalid_token', description });
  if (!isBound) return refuse('only tokens that are bound to a key are taken');
  if (scheme.toLowerCase() !== 'dpop') return refuse('the token is bound to a key: the scheme is DPoP');
  const judged = await proofs.judge(request, { url, accessToken });
  if (!isProof(judged)) return judged;
  return judged.thumbprint === grant.boundTo
    ? undefined
    : refuse('the proof is of another key than the token');
}

function deadRule(token: AccessToken | undefined, { resource, quirks }: GuardSituation): string | undefined {
  if (token === undefined) return 'the access token is unknown, expired or revoked';
  if (token.audience !== resource) return `the access token is for ${token.audience}`;
  return quirks.tokensRefused ? 'this server takes no token' : undefined;
}

/** Whether the header that this server wants is there. */
export function hasRequiredHeader(request: LoggedRequest, quirks: GuardQuirks): boolean {
  const { requiredHeader: wanted } = quirks;
  return wanted === undefined || request.headers[wanted.name.toLowerCase()] === wanted.value;
}

/** The entry for an operation: the most particular one counts. */
function lookUp<Entry>(table: Readonly<Record<Operation, Entry>>, request: LoggedRequest): Entry | undefined {
  return table[`${request.operation} ${request.target}`] ?? table[request.operation] ?? table['*'];
}

function unauthorized(
  situation: GuardSituation,
  needed: readonly string[],
  error: string | undefined,
  rule: string,
  description?: string,
): Denial {
  const { quirks } = situation;
  const scope = needed.length > 0 ? needed.join(' ') : quirks.challengeScope;
  const parameters = {
    error,
    error_description: description ?? describe(error),
    ...guidance(situation, scope),
    ...(quirks.dpop !== 'off' && { algs: quirks.dpopAlgorithms.join(' ') }),
  };
  return deny(quirks.unauthorizedStatus, parameters, quirks, rule);
}

/** RFC 6750 section 3.1. The challenge names what this operation needs, not what was granted before. */
function insufficient(situation: GuardSituation, needed: readonly string[]): Denial {
  const { quirks } = situation;
  const rule = `scope needed: ${needed.join(' ')}`;
  if (quirks.scopeRefusal === 'bare') return { status: 403, lines: [], body: { error: 'forbidden' }, rule };
  const error = 'insufficient_scope';
  return deny(
    403,
    { error, error_description: describe(error), ...guidance(situation, needed.join(' ')) },
    quirks,
    rule,
  );
}

function guidance({ quirks, metadataUrl }: GuardSituation, scope: string | undefined): ChallengeParameters {
  return { scope, resource_metadata: quirks.challengeMetadata ? metadataUrl : undefined };
}

const DESCRIPTIONS = new Map([
  ['invalid_token', 'the access token is expired, revoked or meant for somebody else'],
  ['insufficient_scope', 'this operation needs a scope that was not granted'],
]);

function describe(error: string | undefined): string | undefined {
  return error === undefined ? undefined : (DESCRIPTIONS.get(error) ?? 'no access token was provided');
}

function deny(
  status: number,
  parameters: ChallengeParameters,
  quirks: ChallengeQuirks & Pick<BindingQuirks, 'dpop'>,
  rule: string,
): Denial {
  const { error = 'unauthorized', error_description: description } = parameters;
  return {
    status,
    lines: challengeLines(parameters, quirks.challenge, quirks.dpop === 'required' ? 'DPoP' : 'Bearer'),
    rule,
    body: { error, ...(description !== undefined && { error_description: description }) },
  };
}
