import { randomInt, randomUUID } from 'node:crypto';
import { escapeHtml, htmlAnswer, htmlPage } from '../http/html.js';
import type { LoggedRequest } from '../http/request-log.js';
import { judgeResource, requestedScopes, type AuthorizeQuirks } from './authorization-request.js';
import { consentPage } from './consent-page.js';
import type { ConsentQuirks } from './consent.js';
import type { Client, Grant, Person } from './grant.js';
import { refuse, type OAuthError } from './oauth-error.js';
import { parseScope } from './scope.js';

/** Codes for people with another device (RFC 8628). */
export interface DeviceQuirks {
  readonly deviceCodes: 'off' | 'on';
  /** `interval`: who asks more often is told `slow_down`. */
  readonly deviceIntervalSeconds: number;
  readonly deviceCodeSeconds: number;
  /** Members that replace or extend the answer. */
  readonly deviceMembers: Readonly<Record<string, unknown>>;
}

export interface DeviceSituation {
  readonly quirks: DeviceQuirks & AuthorizeQuirks & Pick<ConsentQuirks, 'people'>;
  readonly resource: string;
  /** Where the page is that the code is entered on. */
  readonly pageUrl: string;
  readonly nowS: () => number;
}

/** The codes that were given out, and what became of them. */
export interface DeviceCodes {
  /** Serves the device authorization request of an authenticated client. */
  give(request: LoggedRequest, client: Client): Response | OAuthError;
  /** Serves the page. */
  page(request: LoggedRequest): Response;
  /** Takes the person's answer. */
  decide(request: LoggedRequest): Response;
  /** What the client gets for its code at this moment. */
  redeem(form: URLSearchParams, client: Client): Grant | OAuthError;
}

interface Waiting {
  readonly code: string;
  readonly userCode: string;
  readonly client: Client;
  readonly grant: Grant;
  readonly expiresAtS: number;
  intervalS: number;
  askedAtS: number;
  answer?: 'allow' | 'deny';
}

/** RFC 8628 section 3.4. */
export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** Section 6.1: letters without vowels, so that no word comes of them. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const NOBODY: Person = { subject: 'nobody' };

export function createDeviceCodes({ quirks, resource, pageUrl, nowS }: DeviceSituation): DeviceCodes {
  const waiting = new Map<string, Waiting>();

  function find(entered: string | null): Waiting | undefined {
    const plain = (text: string): string => text.toUpperCase().replace(/[^A-Z]/g, '');
    const one = [...waiting.values()].find(({ userCode }) => plain(userCode) === plain(entered ?? ''));
    return one !== undefined && one.answer === undefined && one.expiresAtS > nowS() ? one : undefined;
  }

  return {
    give({ form }, client) {
      if (client.grantTypes?.includes(DEVICE_CODE_GRANT) === false)
        return refuse('unauthorized_client', 'the client is not registered for device codes');
      const wrong = judgeResource(form.get('resource'), quirks.resource, resource);
      if (wrong !== undefined) return wrong;
      const unknown = parseScope(form.get('scope')).find(
        (name) => quirks.grantableScopes?.includes(name) === false,
      );
      if (unknown !== undefined && quirks.otherScopes === 'refused')
        return refuse('invalid_scope', `unknown scope ${unknown}`);
      const [person = NOBODY] = quirks.people;
      const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)] ?? '').join('');
      const one: Waiting = {
        code: `device-${randomUUID()}`,
        userCode: `${letters.slice(0, 4)}-${letters.slice(4)}`,
        client,
        grant: {
          clientId: client.id,
          person,
          scopes: requestedScopes(form, quirks),
          resource: quirks.resource === 'ignored' ? undefined : (form.get('resource') ?? undefined),
          redirectUri: '',
          nonce: undefined,
          accessType: undefined,
          revoked: false,
        },
        expiresAtS: nowS() + quirks.deviceCodeSeconds,
        intervalS: quirks.deviceIntervalSeconds,
        askedAtS: nowS(),
      };
      waiting.set(one.code, one);
      const body = {
        device_code: one.code,
        user_code: one.userCode,
        verification_uri: pageUrl,
        verification_uri_complete: `${pageUrl}?user_code=${one.userCode}`,
        expires_in: quirks.deviceCodeSeconds,
        interval: quirks.deviceIntervalSeconds,
        ...quirks.deviceMembers,
      };
      return Response.json(body, { headers: { 'cache-control': 'no-store' } });
    },

    page({ query }) {
      const entered = query.get('user_code');
      if (entered === null) return htmlAnswer(entryPage(pageUrl));
      const one = find(entered);
      if (one === undefined) return unknownCode(entered);
      const { client, grant } = one;
      return htmlAnswer(
        consentPage({
          id: one.userCode,
          action: new URL(pageUrl).pathname,
          clientName: client.name,
          scopes: grant.scopes,
          resource: grant.resource,
          person: grant.person,
          people: quirks.people,
        }),
      );
    },

    decide({ form }) {
      const one = find(form.get('request'));
      if (one === undefined) return unknownCode(form.get('request') ?? '');
      one.answer = form.get('decision') === 'allow' ? 'allow' : 'deny';
      const said = one.answer === 'allow' ? 'You may close this window.' : 'You said no.';
      return htmlAnswer(htmlPage('Done', `<p>${said}</p>`));
    },

    // Section 3.5.
    redeem(form, client) {
      const one = waiting.get(form.get('device_code') ?? '');
      if (one === undefined || one.client.id !== client.id)
        return refuse('invalid_grant', 'unknown device code, or used before');
      if (one.expiresAtS <= nowS()) return refuse('expired_token', 'the device code has expired');
      const soon = nowS() - one.askedAtS < one.intervalS;
      one.askedAtS = nowS();
      if (soon) {
        one.intervalS += 5;
        return refuse('slow_down', `asked again within the interval, which is ${one.intervalS} s now`);
      }
      if (one.answer === undefined) return refuse('authorization_pending', 'nobody has entered the code yet');
      waiting.delete(one.code);
      return one.answer === 'allow' ? one.grant : refuse('access_denied', 'the user said no');
    },
  };
}

function entryPage(pageUrl: string): string {
  return htmlPage(
    'Enter the code',
    `<form method="get" action="${escapeHtml(pageUrl)}"><p><input name="user_code" autofocus> <button>Next</button></p></form>`,
  );
}

function unknownCode(entered: string): Response {
  return htmlAnswer(htmlPage('This did not work', `<p>No such code: ${escapeHtml(entered)}</p>`), 400);
}
