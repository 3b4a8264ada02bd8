import { isMcpassError, type McpassError, type Step } from '../errors.js';
import type { RegistrationBody } from '../oauth/registration.js';
import type { WireAnswer } from '../oauth/wire.js';
import type { Ports } from '../ports.js';
import type { Client } from '../credential/record.js';
import type { SignInContext, SignInStart, SignInParts } from './context.js';
import { withCallbackServer } from './sign-in.js';
import { plannedAuthorization } from './steps/authorization.js';
import { authorizationServer, type ServerChosen } from './steps/authorization-server.js';
import { challenge, type Challenged } from './steps/challenged-request.js';
import { type ClientPlan, type Identified, ownClient, planClient, planDeviceClient } from './steps/client.js';
import { protectedResource, type ProtectedResource } from './steps/protected-resource.js';
import { scopes, type ScopesChosen } from './steps/scopes.js';
import { isUnattended, opensPage } from '../server/grant-type.js';
import { walk } from './walk.js';

/* A sign-in up to the question, for somebody who wants to know what it would do: nothing is registered, written or asked. */

/** One step of it, with the time that it took; the last one has the reason why it went no further, where there is one. */
export interface ExaminedStep {
  readonly step: ExaminedStepName;
  readonly ms: number;
  readonly error?: McpassError;
}

export type ExaminedStepName = Extract<
  Step,
  'challenge' | 'resource' | 'server' | 'scopes' | 'client' | 'authorization'
>;

/** What somebody answered on the way, as it came: foreign text. */
export interface ExaminedAnswer extends Pick<WireAnswer, 'status' | 'headers' | 'url' | 'text'> {
  readonly step: Step;
  /** The address that was asked first; `url` is where the answer came from. */
  readonly asked: string;
  /** By the clock of this machine. */
  readonly receivedAtMs: number;
}

export interface Examination {
  readonly steps: readonly ExaminedStep[];
  /** As far as the steps came. */
  readonly found: Partial<Challenged & ProtectedResource & ServerChosen & ScopesChosen>;
  /** The client that a sign-in would use, or what it would register. */
  readonly client?:
    | { readonly client: Client; readonly reused: boolean }
    | { readonly registration: RegistrationBody };
  readonly answers: readonly ExaminedAnswer[];
}

interface Planned {
  readonly plan: Pick<ClientPlan, 'identity'>;
}

const NAMES: readonly ExaminedStepName[] = [
  'challenge',
  'resource',
  'server',
  'scopes',
  'client',
  'authorization',
];
/* The steps of a sign-in, but for what registers a client and pushes a request, and up to where somebody would be asked or a token given. */
const LOOK = walk<SignInStart, SignInContext>()
  .step(challenge)
  .step(protectedResource)
  .step(authorizationServer)
  .step(scopes);
const LOOK_TO_PAGE = LOOK.step(plannedClient).step(plannedAuthorization);
const LOOK_WITHOUT_PAGE = LOOK.step(plannedIdentity);

export async function examineSignIn(start: SignInStart, given: SignInParts): Promise<Examination> {
  const { clock } = given.ports;
  const answers: ExaminedAnswer[] = [];
  const parts: SignInParts = {
    ...given,
    ports: readOnly(given.ports),
    async wire(request) {
      const answer = await given.wire(request);
      answers.push({ ...answer, step: request.step, asked: request.url, receivedAtMs: clock.now() });
      return answer;
    },
  };
  const steps: ExaminedStep[] = [];
  let began = clock.now();
  let seen: Examination['found'] & { readonly plan?: Pick<ClientPlan, 'identity'> } = {};
  const done = (error?: McpassError) => {
    const now = clock.now();
    const step = NAMES[steps.length];
    if (step !== undefined) steps.push({ step, ms: now - began, ...(error !== undefined && { error }) });
    began = now;
  };
  try {
    const { run } = opensPage(parts.settings) ? LOOK_TO_PAGE : LOOK_WITHOUT_PAGE;
    await withCallbackServer(parts, (context) =>
      run(start, context, (state) => {
        seen = state;
        done();
      }),
    );
  } catch (thrown) {
    if (!isMcpassError(thrown) || thrown.code === 'interrupted') throw thrown;
    done(thrown);
  }
  const { plan } = seen;
  return { steps, found: publicPart(seen), answers, ...(plan !== undefined && { client: plan.identity }) };
}

/** Of the whole state: the start, what was stored before and what is only good for one attempt are nobody's business. */
function publicPart(state: Examination['found']): Examination['found'] {
  const { challenge: said, demanded, metadata, resource, authorizationServer: chosen } = state;
  const { scopes: asked, offlineAdded } = state;
  return {
    ...(said !== undefined && { challenge: said }),
    ...(demanded !== undefined && { demanded }),
    ...(metadata !== undefined && { metadata }),
    ...(resource !== undefined && { resource }),
    ...(chosen !== undefined && { authorizationServer: chosen }),
    ...(asked !== undefined && offlineAdded !== undefined && { scopes: asked, offlineAdded }),
  };
}

/** Step 5 without its request: a client that is not registered yet has a name that nobody gave it. */
async function plannedClient(
  state: SignInStart & ServerChosen & ScopesChosen,
  context: SignInContext,
): Promise<Planned & Identified> {
  const plan = await planClient(state, context);
  const { callbackServer, identity } = plan;
  if ('client' in identity)
    return { plan, callbackServer, client: identity.client, clientReused: identity.reused };
  const { redirectUri } = callbackServer;
  const { issuer } = state.authorizationServer;
  const client: Client = {
    id: 'not registered yet',
    issuer,
    origin: 'registered',
    redirectUri,
    authMethod: 'none',
  };
  return { plan, callbackServer, client, clientReused: false };
}

/** Step 5 where no answer arrives here: for a code that is entered elsewhere, or without a person. */
async function plannedIdentity(
  state: SignInStart & ServerChosen & ScopesChosen,
  context: SignInContext,
): Promise<Planned> {
  if (!isUnattended(context.settings)) return { plan: { identity: await planDeviceClient(state, context) } };
  const { client } = await ownClient(state, context);
  return { plan: { identity: { client, reused: false } } };
}

/** What a step would note down is forgotten. */
function readOnly(ports: Ports): Ports {
  const { store, clients } = ports;
  return {
    ...ports,
    store: { ...store, update: async (key, change) => change(await store.read(key)) },
    clients: clients && {
      read: (client) => clients.read(client),
      bind: async (client, wished) => (await clients.read(client)) ?? wished,
      replace: () => Promise.resolve(),
    },
  };
}
