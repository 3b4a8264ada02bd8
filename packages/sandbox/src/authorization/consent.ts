import { randomUUID } from 'node:crypto';
import { escapeHtml, htmlAnswer, htmlPage } from '../http/html.js';
import { asRefusal } from '../http/refusal.js';
import type { LoggedRequest } from '../http/request-log.js';
import { judgeAuthorization, requestedScopes, type AuthorizeQuirks } from './authorization-request.js';
import type { ClientRegistry } from './client-registry.js';
import { consentPage } from './consent-page.js';
import type { Client, Grant, Person } from './grant.js';
import type { Ledger } from './ledger.js';
import { inItsWords, isRefusal, refuse, type OAuthError, type Wording } from './oauth-error.js';
import type { PushedRequests } from './pushed-request.js';

/** What happens between the authorization request and the redirect. */
export interface ConsentQuirks {
  /**
   * `page` asks the user. Or one is simulated: `auto` agrees and `deny` refuses at once, `close` closes the window, and of
   * `never` nothing is heard.
   */
  readonly consent: 'page' | 'auto' | 'deny' | 'close' | 'never';
  /** The provider's own words for refusals. */
  readonly wording: Wording;
  /** The parameter that names the audience of the tokens: RFC 8707's, or `audience` (Auth0, Hydra). */
  readonly audienceFrom: 'resource' | 'audience';
  /** Scopes that a careful client does not ask for: asking for one makes the consent fail. */
  readonly scopeDecoys: readonly string[];
  /** How it fails. */
  readonly decoyAnswer: 'page' | 'access_denied';
  /**
   * The `iss` of the redirect (RFC 9207): as it should be, missing, somebody else's, with a slash, without its path, or
   * that URL.
   */
  readonly iss: 'right' | 'missing' | 'wrong' | 'slash' | 'origin' | `http${string}`;
  /** Who may be signed in at the server: `login_hint` names one by its subject or email, else it is the first. */
  readonly people: readonly Person[];
  /** Replaces every `error_description`, to see what a client does with foreign text. */
  readonly errorText?: string | undefined;
}

/** What the consent needs to know of its server. */
export interface ConsentSituation {
  readonly quirks: AuthorizeQuirks & ConsentQuirks;
  readonly pushed: PushedRequests;
  readonly ledger: Ledger;
  readonly issuer: string;
  readonly resource: string;
  readonly scopesFrozen: boolean;
  readonly authorizeQuery: Readonly<Record<string, string>>;
  /** Where the consent page posts to. */
  readonly decisionPath: string;
  readonly clients: ClientRegistry;
  readonly nowS: () => number;
}

/** The two handlers of an authorization: the question and the answer. */
export interface Consent {
  ask(request: LoggedRequest): Promise<Response>;
  decide(request: LoggedRequest): Response;
}

const CODE_SECONDS = 60;
const DENIED = refuse('access_denied', 'the user said no');
const NOBODY: Person = { subject: 'nobody' };

/** Serves the authorization endpoint and the page behind it. */
export function createConsent(situation: ConsentSituation): Consent {
  const { quirks } = situation;
  const waiting = new Map<string, { query: URLSearchParams; client: Client }>();

  async function ask(request: LoggedRequest): Promise<Response> {
    const query = situation.pushed.resolve(request.query);
    if (isRefusal(query)) return deadEnd(query);
    const client = await situation.clients.introduce(query.get('client_id') ?? '');
    const verdict = judgeAuthorization(query, { ...situation, client });
    if (verdict?.deadEnd === true || client === undefined) {
      return deadEnd(verdict?.refusal ?? refuse('invalid_client', 'unknown client'));
    }
    if (verdict !== undefined) return sendError(query, verdict.refusal);
    const scopes = requestedScopes(query, quirks);
    const decoy = scopes.find((name) => quirks.scopeDecoys.includes(name));
    if (decoy !== undefined) {
      const refusal = refuse('access_denied', `${client.name} is not approved for ${decoy}`);
      return quirks.decoyAnswer === 'page' ? deadEnd(refusal) : sendError(query, refusal);
    }
    const person = personOf(query.get('login_hint'));
    const simulated = {
      auto: () => sendCode(query, client, person),
      deny: () => sendError(query, DENIED),
      close: () => htmlAnswer(htmlPage('Closed', '<p>The simulated user has closed this window.</p>')),
      never: () => new Promise<Response>(() => undefined),
    };
    if (quirks.consent !== 'page') return simulated[quirks.consent]();
    const id = randomUUID();
    waiting.set(id, { query, client });
    return htmlAnswer(
      consentPage({
        id,
        action: situation.decisionPath,
        clientName: client.name,
        scopes,
        resource: query.get('resource') ?? undefined,
        person,
        people: quirks.people,
      }),
    );
  }

  function decide(request: LoggedRequest): Response {
    const id = request.form.get('request') ?? '';
    const asked = waiting.get(id);
    if (asked === undefined) return deadEnd(refuse('invalid_request', 'this question was already answered'));
    waiting.delete(id);
    const person = personOf(request.form.get('person') ?? asked.query.get('login_hint'));
    return request.form.get('decision') === 'allow'
      ? sendCode(asked.query, asked.client, person)
      : sendError(asked.query, DENIED);
  }

  function personOf(wanted: string | null): Person {
    const [first = NOBODY] = quirks.people;
    return quirks.people.find(({ subject, email }) => subject === wanted || email === wanted) ?? first;
  }

  function sendCode(query: URLSearchParams, client: Client, person: Person): Response {
    const grant: Grant = {
      clientId: client.id,
      person,
      scopes: requestedScopes(query, quirks),
      resource: audienceOf(query),
      accessType: query.get('access_type') ?? undefined,
      redirectUri: query.get('redirect_uri') ?? '',
      nonce: query.get('nonce') ?? undefined,
      revoked: false,
      ...(query.has('dpop_jkt') && { boundTo: query.get('dpop_jkt') ?? '' }),
    };
    const code = `code-${randomUUID()}`;
    situation.ledger.codes.set(code, {
      grant,
      challenge: query.get('code_challenge') ?? undefined,
      challengeMethod: query.get('code_challenge_method') === 'S256' ? 'S256' : 'plain',
      expiresAtS: situation.nowS() + CODE_SECONDS,
      used: false,
    });
    return redirect(query, { code });
  }

  function audienceOf(query: URLSearchParams): string | undefined {
    if (quirks.audienceFrom === 'audience') return query.get('audience') ?? undefined;
    return quirks.resource === 'ignored' ? undefined : (query.get('resource') ?? undefined);
  }

  function sendError(query: URLSearchParams, broken: OAuthError): Response {
    const refusal = inItsWords(broken, quirks.wording);
    const sent = redirect(query, {
      error: refusal.error,
      error_description: quirks.errorText ?? refusal.description,
    });
    return asRefusal(sent, `${broken.error}: ${broken.description}`);
  }

  function redirect(query: URLSearchParams, parameters: Record<string, string>): Response {
    const target = new URL(query.get('redirect_uri') ?? '');
    const iss = statedIss(situation.issuer, quirks.iss);
    const state = query.get('state');
    for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
    if (state !== null) target.searchParams.set('state', state);
    if (iss !== undefined) target.searchParams.set('iss', iss);
    return new Response(null, {
      status: 302,
      headers: { location: target.href, 'cache-control': 'no-store' },
    });
  }

  function deadEnd(broken: OAuthError): Response {
    const refusal = inItsWords(broken, quirks.wording);
    const text = `${refusal.error}: ${quirks.errorText ?? refusal.description}`;
    const page = htmlAnswer(
      htmlPage('This did not work', `<p>${escapeHtml(text)}</p>`),
      refusal.status ?? 400,
    );
    return asRefusal(page, `${broken.error}: ${broken.description}`);
  }

  return { ask, decide };
}

function statedIss(issuer: string, iss: ConsentQuirks['iss']): string | undefined {
  switch (iss) {
    case 'right':
      return issuer;
    case 'missing':
      return undefined;
    case 'slash':
      return `${issuer}/`;
    case 'origin':
      return new URL(issuer).origin;
    case 'wrong':
      return 'https://other-issuer.test';
    default:
      return iss;
  }
}
