import { randomUUID } from 'node:crypto';
import type { LoggedRequest } from '../http/request-log.js';
import { judgeAuthorization, type AuthorizeSituation } from './authorization-request.js';
import type { Client } from './grant.js';
import { refuse, type OAuthError } from './oauth-error.js';

/** Whether an authorization request comes by way of the browser alone, or is pushed to the server first (RFC 9126). */
export interface PushedRequestQuirks {
  readonly pushedRequests: 'off' | 'offered' | 'required';
}

/** The authorization requests that clients have pushed. */
export interface PushedRequests {
  /** Serves the request of an authenticated client. */
  push(
    request: LoggedRequest,
    client: Client,
    situation: Omit<AuthorizeSituation, 'client'>,
  ): Response | OAuthError;
  /** What the browser asks for: as it came, or as it was pushed, once. */
  resolve(query: URLSearchParams): URLSearchParams | OAuthError;
}

const LIFE_SECONDS = 60;

export function createPushedRequests(
  { pushedRequests }: PushedRequestQuirks,
  nowS: () => number,
): PushedRequests {
  const waiting = new Map<string, { readonly query: URLSearchParams; readonly expiresAtS: number }>();
  return {
    push({ form }, client, situation) {
      // RFC 9126 section 2.1.
      if (form.has('request_uri')) return refuse('invalid_request', 'request_uri cannot be pushed');
      if (form.get('client_id') !== client.id) return refuse('invalid_request', 'client_id is missing');
      // The query of the endpoint is that of the page, which comes later.
      const verdict = judgeAuthorization(form, { ...situation, client, authorizeQuery: {} });
      if (verdict !== undefined) return verdict.refusal;
      const uri = `urn:ietf:params:oauth:request_uri:${randomUUID()}`;
      waiting.set(uri, { query: form, expiresAtS: nowS() + LIFE_SECONDS });
      return Response.json(
        { request_uri: uri, expires_in: LIFE_SECONDS },
        { status: 201, headers: { 'cache-control': 'no-store' } },
      );
    },
    resolve(query) {
      const uri = query.get('request_uri');
      if (uri === null) {
        if (pushedRequests !== 'required') return query;
        return refuse('invalid_request', 'the authorization request has to be pushed first (RFC 9126)');
      }
      const pushed = waiting.get(uri);
      waiting.delete(uri);
      if (pushed === undefined) return refuse('invalid_request', 'unknown request_uri, or used before');
      if (pushed.expiresAtS < nowS()) return refuse('invalid_request', 'the request_uri has expired');
      if (pushed.query.get('client_id') !== query.get('client_id'))
        return refuse('invalid_request', 'the request_uri is that of another client');
      // What was not pushed does not count (section 4), but for the endpoint's own query.
      const own = [...query].filter(([name]) => name !== 'request_uri' && !pushed.query.has(name));
      return new URLSearchParams([...own, ...pushed.query]);
    },
  };
}
