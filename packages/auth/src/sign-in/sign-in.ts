import { isMcpassError, McpassError } from '../errors.js';
import type { CallbackServer } from '../ports.js';
import { nobodyToAsk } from './nobody.js';
import {
  type Asked,
  type AskedDevice,
  fromPending,
  fromPendingDevice,
  toPending,
} from './pending-sign-in.js';
import {
  type CredentialRecord,
  emptyRecord,
  type PendingDevice,
  type PendingSignIn,
} from '../credential/record.js';
import type { SignInContext, SignInParts, SignInStart } from './context.js';
import { authorization } from './steps/authorization.js';
import { authorizationServer } from './steps/authorization-server.js';
import { callback } from './steps/callback.js';
import { challenge } from './steps/challenged-request.js';
import { client, deviceClient } from './steps/client.js';
import { claim } from './steps/state-claim.js';
import { type Answered, consent } from './steps/consent.js';
import { deviceCode } from './steps/device-code.js';
import { deviceToken } from './steps/device-token.js';
import { proofKey } from './steps/proof-key.js';
import { givenTokens, type TokensGiven } from './steps/given-tokens.js';
import { protectedResource } from './steps/protected-resource.js';
import { record } from './steps/saved-record.js';
import { scopes } from './steps/scopes.js';
import { token } from './steps/token-redemption.js';
import { walk } from './walk.js';

/*
 * The whole sign-in, in order. A step sees what those above it found and adds its own; nothing else decides order.
 */
const DISCOVER = walk<SignInStart, SignInContext>()
  .step(challenge) //            what does the server say to a stranger?
  .step(protectedResource) //    who protects it, and what is it called?
  .step(authorizationServer) //  which authorization server, and is it that one?
  .step(proofKey) //             are its tokens to be bound to a key?
  .step(scopes); //              what do we ask for? (a registration must name it)
const ASK = DISCOVER.step(client) //               who are we there, and where will the answer arrive?
  .step(authorization); //       the request, bound to this attempt
const REDEEM = walk<Asked & Answered, SignInContext>()
  .step(callback) //             may the answer be believed?
  .step(token) //                the code becomes tokens
  .step(record); //              kept, or it did not happen
const SIGN_IN = ASK.step(consent) // the person decides
  .followedBy(REDEEM);
/** When the answer comes later: the one who claims it redeems it. */
const FINISH = walk<Asked, SignInContext>().step(consent).step(claim).followedBy(REDEEM);
/** For a person who has another device: no browser, and no answer that arrives here (RFC 8628). */
const ASK_DEVICE = DISCOVER.step(deviceClient) // who are we there?
  .step(deviceCode); //          what is to be entered, and where?
const FINISH_DEVICE = walk<AskedDevice, SignInContext>()
  .step(deviceToken) //          asked for until somebody has entered it
  .step(record);
const SIGN_IN_DEVICE = ASK_DEVICE.followedBy(FINISH_DEVICE);

/** Whether these settings have the person enter a code instead of opening a page here. */
function usesDevice({ settings }: SignInParts): boolean {
  return settings.grant === 'device_code';
}
/** Tokens that somebody brings: only where they belong is found out. */
const ADOPT = walk<SignInStart & TokensGiven, SignInContext>()
  .step(challenge)
  .step(protectedResource)
  .step(authorizationServer)
  .step(givenTokens)
  .step(record);

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
  {
    id: 'E12',
    text: 'the server binds tokens to keys, and nobody had said so; asked again with a key',
    change: (error, { start, facts }) =>
      wantsProof(error) && !facts.bound && start.bound !== true ? { ...start, bound: true } : undefined,
  },
];

/** RFC 9449 section 5; or a token came that is of no use without a key. */
function wantsProof({ facts }: McpassError): boolean {
  const { error, bound } = facts;
  return error === 'invalid_dpop_proof' || error === 'use_dpop_nonce' || bound === true;
}

interface Attempt {
  readonly start: SignInStart;
  /** What the failed attempt had found out. */
  readonly facts: { readonly clientReused: boolean; readonly offlineAdded: boolean; readonly bound: boolean };
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
    const facts = { clientReused: false, offlineAdded: false, bound: false };
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
  facts: { clientReused: boolean; offlineAdded: boolean; bound: boolean },
): Promise<CredentialRecord> {
  return withCallbackServer(parts, async (context) => {
    let asked: Asked | AskedDevice | undefined;
    const { run } = usesDevice(parts) ? SIGN_IN_DEVICE : SIGN_IN;
    const { record: written } = await run(start, context, (state) => {
      if ('authorizationUrl' in state || 'device' in state) asked = state as Asked | AskedDevice;
      if ('dpopKey' in state) facts.bound = true;
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
    const asked = await (usesDevice(parts) ? ASK_DEVICE : ASK).run(start, context);
    return keepPending(asked, parts);
  });
}

async function keepPending(
  asked: Asked | AskedDevice,
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
    if (pending.device !== undefined) return finishByDevice(pending, context);
    const callbackServer = await context.receive({
      ...parts.settings.redirect,
      ...(pending.client.redirectUri !== undefined && { earlier: pending.client.redirectUri }),
    });
    return (await FINISH.run(fromPending(pending, callbackServer), context)).record;
  });
}

/** Looks whether another process has stored what it got, and milliseconds between them. */
const LOOKS = 20;
const LOOK_MS = 250;

/** A code brings tokens once: of two who ask with it, the other one takes what the first has stored. */
async function finishByDevice(pending: PendingDevice, context: SignInContext): Promise<CredentialRecord> {
  try {
    return (await FINISH_DEVICE.run(fromPendingDevice(pending), context)).record;
  } catch (error) {
    if (!isMcpassError(error) || error.facts['error'] !== 'invalid_grant') throw error;
    const { store, clock } = context.ports;
    for (let look = 1; look <= LOOKS; look += 1) {
      const stored = await store.read(context.key);
      if (stored?.pending === undefined && stored?.grant !== undefined) {
        context.decide('credential', 'joined', { because: 'another process finished this sign-in' });
        return stored;
      }
      await clock.wait(LOOK_MS, context.signal);
    }
    throw error;
  }
}

/** A sign-in that was made elsewhere: the tokens of it are kept as if it had been made here. */
export function adoptTokens(start: SignInStart & TokensGiven, parts: SignInParts): Promise<CredentialRecord> {
  return withCallbackServer(parts, async (context) => (await ADOPT.run(start, context)).record);
}

/** Whatever happens, the person's page says how it ended, and the listener is closed. */
export async function withCallbackServer<T>(
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
