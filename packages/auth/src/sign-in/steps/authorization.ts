import { shownUrl } from '../../server/shown-url.js';
import { calculatePKCECodeChallenge } from 'oauth4webapi';

import { McpassError } from '../../errors.js';
import { Secret } from '../../secret.js';
import type { SignInContext, SignInStart } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import { type Identified, redirectUriOf } from './client.js';
import type { KeyMade } from './proof-key.js';
import type { ProtectedResource } from './protected-resource.js';
import { pushRequest, wantsPush } from './pushed-request.js';
import { OFFLINE_ACCESS, type ScopesChosen } from './scopes.js';

export interface Requested {
  readonly authorizationUrl: string;
  /** 256 random bits, base64url: 43 characters (RFC 6749 section 10.12 wants more than 128 bits). */
  readonly state: string;
  readonly codeVerifier: Secret;
  /** What an ID token has to bring back, where the configuration asked for one. */
  readonly nonce?: string;
  /** Epoch seconds at which a pushed request is forgotten; absent where none was pushed. */
  readonly openBeforeS?: number;
}

/** Parameters that configuration cannot set: they make the answer safe to believe, or have a setting of their own. */
const OURS = new Set([
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'resource',
  'state',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'request',
  'request_uri',
]);

type State = ServerChosen &
  ProtectedResource &
  ScopesChosen &
  Identified &
  KeyMade &
  Pick<SignInStart, 'clientMove'>;

/** Step 6: the authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3, RFC 8707 section 2). */
export async function authorization(state: State, context: SignInContext): Promise<Requested> {
  const { parameters, pushes, endpoint, ...made } = await compose(state, context);
  if (!pushes) return { ...made, authorizationUrl: addToQuery(endpoint, parameters) };
  const { carried, openBeforeS } = await pushRequest(parameters, state, context);
  return { ...made, authorizationUrl: addToQuery(endpoint, carried), openBeforeS };
}

/** The same for somebody who only looks: nothing is pushed, and a client that has no name yet could push nothing. */
export async function plannedAuthorization(state: State, context: SignInContext): Promise<Requested> {
  const { parameters, pushes: _, endpoint, ...made } = await compose(state, context);
  return { ...made, authorizationUrl: addToQuery(endpoint, parameters) };
}

interface Composed extends Pick<Requested, 'state' | 'codeVerifier' | 'nonce'> {
  readonly endpoint: string;
  readonly parameters: URLSearchParams;
  /** The server itself gets them first. */
  readonly pushes: boolean;
}

async function compose(state: State, context: SignInContext): Promise<Composed> {
  const { authorizationEndpoint } = state.authorizationServer;
  if (authorizationEndpoint === undefined) throw new TypeError('unreachable');
  const codeVerifier = randomText(context);
  const csrf = randomText(context);
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: state.client.id,
    redirect_uri: redirectUriOf(state),
    state: csrf,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  });
  if (state.scopes.length > 0) parameters.set('scope', state.scopes.join(' '));
  if (state.resource !== undefined) parameters.set('resource', state.resource);
  // RFC 9449 section 10: the code is of use to nobody without the key.
  if (state.dpopKey !== undefined) parameters.set('dpop_jkt', await context.proofs.thumbprint(state.dpopKey));
  // OpenID Connect Core section 11: offline access is only granted when consent is asked for.
  if (state.scopes.includes(OFFLINE_ACCESS)) parameters.set('prompt', 'consent');
  for (const [name, value] of Object.entries(context.settings.authorizeParams ?? {})) {
    if (OURS.has(name)) throw notConfigurable(name);
    if (value === '') parameters.delete(name);
    else parameters.set(name, value);
  }
  context.decide('authorization', 'authorization URL', shown(authorizationEndpoint, parameters));
  const nonce = parameters.get('nonce');
  return {
    endpoint: authorizationEndpoint,
    parameters,
    pushes: wantsPush(state.authorizationServer, context.settings),
    state: csrf,
    codeVerifier: new Secret(codeVerifier),
    ...(nonce !== null && { nonce }),
  };
}

function randomText({ ports }: SignInContext): string {
  const binary = Array.from(ports.random(32), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** RFC 6749 section 3.1: an endpoint's own query stays as it is; a name that we set is not there twice. */
export function addToQuery(endpoint: string, parameters: URLSearchParams): string {
  const at = endpoint.indexOf('?');
  if (at < 0) return `${endpoint}?${parameters}`;
  const own = endpoint
    .slice(at + 1)
    .split('&')
    .filter((pair) => pair !== '' && !parameters.has([...new URLSearchParams(pair).keys()][0] ?? ''));
  return `${endpoint.slice(0, at)}?${[...own, parameters.toString()].join('&')}`;
}

function notConfigurable(name: string): McpassError {
  return new McpassError('config_invalid', `oauth.authorize_params cannot set ${name}.`, {
    step: 'config',
    fault: 'yours',
  });
}

/** For the log: everything but what ties the answer to this attempt. */
function shown(endpoint: string, parameters: URLSearchParams): Record<string, string> {
  const facts: Record<string, string> = { endpoint };
  for (const [name, value] of parameters) {
    if (name !== 'state' && name !== 'code_challenge')
      facts[name] = name === 'resource' ? shownUrl(value) : value;
  }
  return facts;
}
