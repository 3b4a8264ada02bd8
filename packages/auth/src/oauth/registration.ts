import type { OAuthError } from './error.js';
import type { AuthMethod } from '../server/settings.js';

/** The body of a dynamic registration (RFC 7591 section 2), and nothing that is not registered or not needed. */
export interface RegistrationBody {
  readonly client_name: string;
  /** Exactly one: a server that dislikes one of several refuses all. None where no browser brings an answer. */
  readonly redirect_uris?: readonly [string];
  readonly grant_types?: readonly string[];
  readonly response_types?: readonly string[];
  readonly token_endpoint_auth_method: string;
  /** OpenID Connect Registration section 2: absent means `web`, which has no loopback redirects. */
  readonly application_type?: 'native';
  readonly scope?: string;
}

/** RFC 8628 section 3.4. */
const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

interface Wish {
  readonly clientName: string;
  /** Absent: for a person with another device. */
  readonly redirectUri: string | undefined;
  readonly scopes: readonly string[];
  readonly authMethod: AuthMethod;
}

export function registrationBody({ clientName, redirectUri, scopes, authMethod }: Wish): RegistrationBody {
  const ways =
    redirectUri === undefined
      ? { grant_types: [DEVICE_CODE_GRANT, 'refresh_token'], response_types: [] }
      : {
          redirect_uris: [redirectUri] as const,
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
        };
  return {
    client_name: clientName,
    ...ways,
    token_endpoint_auth_method: authMethod,
    application_type: 'native',
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  };
}

/** One thing to change after a refusal. Each is tried at most once, and only for the refusal that it answers. */
export interface Amendment {
  /** The class in docs/deviations.md. */
  readonly id: string;
  readonly text: string;
  readonly body: RegistrationBody;
}

interface Refused {
  readonly body: RegistrationBody;
  readonly error: OAuthError;
  /** Other spellings of the redirect URI that lead to the same listener. */
  readonly alternatives: readonly string[];
  readonly amended: ReadonlySet<string>;
}

type Rule = (refused: Refused, words: string) => Amendment | undefined;

const RULES: readonly Rule[] = [
  // B12: some take only `localhost`, some only `127.0.0.1`.
  ({ body, alternatives }, words) => {
    const [other] = alternatives;
    if (other === undefined || !/redirect/.test(words)) return undefined;
    return {
      id: 'B12',
      text: 'the redirect URI was refused; its other spelling is tried',
      body: { ...body, redirect_uris: [other] },
    };
  },
  // B08: some do not know the member although the specification demands it.
  ({ body }, words) => {
    if (body.application_type === undefined || !/application_type/.test(words)) return undefined;
    const { application_type: _, ...rest } = body;
    return { id: 'B08', text: 'application_type was refused; left out', body: rest };
  },
  // B26: some grant no refresh tokens and refuse to hear of them.
  ({ body }, words) => {
    if (!/grant_type|refresh_token/.test(words) || body.grant_types?.length !== 2) return undefined;
    return {
      id: 'B26',
      text: 'refresh_token was refused as a grant type; left out',
      body: { ...body, grant_types: body.grant_types.filter((type) => type !== 'refresh_token') },
    };
  },
  // B06: some want to give the scopes themselves. Not when they say that one is missing.
  ({ body }, words) => {
    if (body.scope === undefined || !/scope/.test(words) || /no scope|scope is required|missing/.test(words))
      return undefined;
    const { scope: _, ...rest } = body;
    return { id: 'B06', text: 'the scopes were refused in the registration; left out there', body: rest };
  },
];

/** Pure: what to change so that a refused registration may pass, or `undefined` when nothing that we know would help. */
export function amendRegistration(refused: Refused): Amendment | undefined {
  const { status } = refused.error;
  // A server that is busy (429) has not said what it dislikes.
  if (status < 400 || status > 499 || status === 429) return undefined;
  const words = `${refused.error.code ?? ''} ${refused.error.description ?? ''}`.toLowerCase();
  for (const rule of RULES) {
    const amendment = rule(refused, words);
    if (amendment !== undefined && !refused.amended.has(amendment.id)) return amendment;
  }
  return undefined;
}
