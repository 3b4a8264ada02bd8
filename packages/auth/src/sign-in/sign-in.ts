import { isMcpassError, McpassError } from '../errors.js';
import type { CallbackServer } from '../ports.js';
import { type Asked, fromPending, toPending } from './pending-sign-in.js';
import { type CredentialRecord, emptyRecord, type PendingSignIn } from '../credential/record.js';
import type { SignInContext, SignInStart } from './context.js';
import { authorization } from './steps/authorization.js';
import { authorizationServer } from './steps/authorization-server.js';
import { callback } from './steps/callback.js';
import { challenge } from './steps/challenged-request.js';
import { client } from './steps/client.js';
import { claim } from './steps/state-claim.js';
import { type Answered, consent } from './steps/consent.js';
import { protectedResource } from './steps/protected-resource.js';
import { record } from './steps/saved-record.js';
import { scopes } from './steps/scopes.js';
import { token } from './steps/token-redemption.js';
import { walk } from './walk.js';

/*
 * The whole sign-in, in order. A step sees what those above it found and adds its own; nothing else decides order.
 */
const ASK = walk<SignInStart, SignInContext>()
  .step(challenge) //            what does the server say to a stranger?
  .step(protectedResource) //    who protects it, and what is it called?
  .step(authorizationServer) //  which authorization server, and is it that one?
  .step(scopes) //               what do we ask for? (a registration must name it)
  .step(client) //               who are we there, and where will the answer arrive?
  .step(authorization); //       the request, bound to this attempt
const REDEEM = walk<Asked & Answered, SignInContext>()
  .step(callback) //             may the answer be believed?
  .step(token) //                the code becomes tokens
  .step(record); //              kept, or it did not happen
const SIGN_IN = ASK.step(consent) // the person decides
  .followedBy(REDEEM);
/** When the answer comes later: the one who claims it redeems it. */
const FINISH = walk<Asked, SignInContext>().step(consent).step(claim).followedBy(REDEEM);

/** Context without what only one attempt has. */
export type SignInParts = Omit<SignInContext, 'receive' | 'deviations'>;

/** Why a second attempt may succeed where the first failed, and with what change. Each at most once. */
const SECOND_ATTEMPTS: readonly {
  readonly id: string;
  readonly text: string;
  change(error: McpassError, attempt: Attempt): SignInStart | undefined;
}[] = [
  {
    id: 'B21',
    text: 'the server no longer knows the client; a new one is registered',
    change: (error, { start, facts }) =>
      isDeadClient(error) && facts.clientReused && start.newClient !== true
        ? { ...start, newClient: true }
        : undefined,
  },
  {
    id: 'C15',
    text: 'the server lists offline_access and refuses it; asked again without it',
    change: (error, { start, facts }) =>
      error.facts['error'] === 'invalid_scope' && facts.offlineAdded && start.withoutOfflineAccess !== true
        ? { ...start, withoutOfflineAccess: true }
        : undefined,
  },
];

interface Attempt {
  readonly start: SignInStart;
  /** What the failed attempt had found out. */
  readonly facts: { readonly clientReused: boolean; readonly offlineAdded: boolean };
}

function isDeadClient(error: McpassError): boolean {
  const said = error.facts['error'];
  return (
    error.code === 'client_rejected' ||
    (error.code === 'authorization_refused' && (said === 'invalid_client' || said === 'unauthorized_client'))
  );
}

/** Signs in once, or twice where a second attempt is known to help. Throws `McpassError`. */
export async function signIn(start: SignInStart, parts: SignInParts): Promise<CredentialRecord> {
  let next = start;
  for (;;) {
    const facts = { clientReused: false, offlineAdded: false };
    try {
      return await attempt(next, parts, facts);
    } catch (error) {
      if (!isMcpassError(error)) throw error;
      const again = secondAttempt(error, { start: next, facts }, parts);
      if (again === undefined) throw error;
      // What the first attempt has stored, a registration above all, is there for the second.
      next = { ...again, previous: await parts.ports.store.read(parts.key) };
    }
  }
}

function secondAttempt(
  error: McpassError,
  attempt: Attempt,
  { deviate }: SignInParts,
): SignInStart | undefined {
  for (const { id, text, change } of SECOND_ATTEMPTS) {
    const start = change(error, attempt);
    if (start === undefined) continue;
    deviate(error.step, id, text);
    return start;
  }
  return undefined;
}

async function attempt(
  start: SignInStart,
  parts: SignInParts,
  facts: { clientReused: boolean; offlineAdded: boolean },
): Promise<CredentialRecord> {
  return withCallbackServer(parts, async (context) => {
    let asked: Asked | undefined;
    const { record: written } = await SIGN_IN.run(start, context, (state) => {
      if ('authorizationUrl' in state) asked = state as Asked;
      if ('clientReused' in state) facts.clientReused = state.clientReused === true;
      if ('offlineAdded' in state) facts.offlineAdded = state.offlineAdded === true;
    }).catch(async (error: unknown) => {
      // Nobody is here: whoever comes can go on from where this one ends.
      const goesOn = isMcpassError(error) && error.remedy?.do === 'finish_sign_in';
      if (goesOn && asked !== undefined) await keepPending(asked, parts);
      throw error;
    });
    return written;
  });
}

/**
 * The first half of a sign-in in two steps: everything up to the question, kept with the record until somebody comes
 * back with the answer. Nobody is asked here.
 */
export async function beginSignIn(start: SignInStart, parts: SignInParts): Promise<PendingSignIn> {
  return withCallbackServer(parts, async (context) => {
    const asked = await ASK.run(start, context);
    return keepPending(asked, parts);
  });
}

async function keepPending(
  asked: Asked,
  { key, ports, consentTimeoutMs }: SignInParts,
): Promise<PendingSignIn> {
  const pending = toPending(asked, Math.floor((ports.clock.now() + consentTimeoutMs) / 1000));
  await ports.store.update(key, async (current) => ({ ...(current ?? emptyRecord(key)), pending }));
  return pending;
}

/** The second half: waits for the answer to what was asked then. Throws `login_timeout` when it is too late. */
export async function finishSignIn(pending: PendingSignIn, parts: SignInParts): Promise<CredentialRecord> {
  const leftMs = pending.expiresAtS * 1000 - parts.ports.clock.now();
  if (leftMs <= 0) {
    throw new McpassError('login_timeout', 'The sign-in that was begun has expired.', {
      step: 'authorization',
      fault: 'yours',
      remedy: { do: 'sign_in' },
    });
  }
  return withCallbackServer({ ...parts, consentTimeoutMs: leftMs }, async (context) => {
    const callbackServer = await context.receive({
      ...parts.settings.redirect,
      ...(pending.client.redirectUri !== undefined && { earlier: pending.client.redirectUri }),
    });
    return (await FINISH.run(fromPending(pending, callbackServer), context)).record;
  });
}

/** Whatever happens, the person's page says how it ended, and the listener is closed. */
async function withCallbackServer<T>(
  parts: SignInParts,
  work: (context: SignInContext) => Promise<T>,
): Promise<T> {
  let callbackServer: CallbackServer | undefined;
  const deviations: string[] = [];
  const context: SignInContext = {
    ...parts,
    deviations,
    deviate(step, id, text) {
      deviations.push(id);
      parts.deviate(step, id, text);
    },
    async receive(wish) {
      if (parts.ports.user === undefined) throw nobodyToAsk();
      callbackServer ??= await parts.ports.user.receive(wish);
      return callbackServer;
    },
  };
  try {
    const result = await work(context);
    await callbackServer?.settle({ ok: true });
    return result;
  } catch (error) {
    const message = isMcpassError(error) ? error.message : 'Something went wrong.';
    await callbackServer?.settle({ ok: false, message });
    throw error;
  } finally {
    await callbackServer?.close();
  }
}

function nobodyToAsk(): McpassError {
  return new McpassError('login_required', 'A sign-in is needed, and there is nobody here to ask.', {
    step: 'authorization',
    fault: 'yours',
    remedy: { do: 'sign_in' },
  });
}
