import { deviceCodeGrantRequest } from 'oauth4webapi';

import { isMcpassError, McpassError } from '../../errors.js';
import { judgePoll, nextPauseMs } from '../../oauth/device-authorization.js';
import { requestTokens, type TokenReply } from '../../oauth/token-request.js';
import { quote } from '../../text.js';
import type { SignInContext, SignInStart } from '../context.js';
import { nobodyToAsk } from '../nobody.js';
import type { ServerChosen } from './authorization-server.js';
import type { Identified } from './client.js';
import type { CodeGiven } from './device-code.js';
import type { KeyMade } from './proof-key.js';
import type { ProtectedResource } from './protected-resource.js';
import type { ScopesChosen } from './scopes.js';
import { receiveTokens, type TokenReceived } from './token-redemption.js';

type State = ServerChosen &
  ProtectedResource &
  ScopesChosen &
  Pick<Identified, 'client'> &
  CodeGiven &
  KeyMade &
  Pick<SignInStart, 'clientMove'>;

/** Steps 7 to 9 where the person has another device: shows the code, and asks until somebody has entered it (RFC 8628). */
export async function deviceToken(state: State, context: SignInContext): Promise<TokenReceived> {
  const { ports, signal } = context;
  const { device, authorizationServer, client } = state;
  const endsMs = Math.min(ports.clock.now() + context.consentTimeoutMs, state.deviceExpiresAtS * 1000);
  if (ports.user?.showCode === undefined) throw nobodyToAsk();
  ports.observe({ type: 'consent', waiting: true });
  context.onConsent?.();
  try {
    await ports.user.showCode({
      userCode: device.userCode,
      verificationUri: device.verificationUri,
      ...(device.verificationUriComplete !== undefined && {
        verificationUriComplete: device.verificationUriComplete,
      }),
      server: context.server.href,
      issuer: authorizationServer.issuer,
      clientId: client.id,
      scopes: state.scopes,
      timeoutMs: Math.max(0, endsMs - ports.clock.now()),
    });
    let trouble: McpassError | undefined;
    for (let pauseMs = device.intervalS * 1000; ;) {
      const leftMs = endsMs - ports.clock.now();
      await ports.clock.wait(Math.max(0, Math.min(pauseMs, leftMs)), signal).catch((reason: unknown) => {
        throw signal?.aborted === true ? interrupted(signal) : reason;
      });
      if (leftMs <= pauseMs) throw trouble ?? expired('Nobody entered the code in time.');
      const asked = await poll(state, context);
      if ('error' in asked) trouble = asked.error;
      const polled = 'error' in asked ? 'trouble' : judgePoll(asked.reply);
      if (polled === 'refused') throw refused(authorizationServer.issuer);
      if (polled === 'expired') throw expired('The code has expired before anybody entered it.');
      if (polled === 'over' && 'reply' in asked) return receiveTokens(asked.reply, state, context);
      if (polled !== 'over') pauseMs = nextPauseMs(polled, pauseMs);
      if (polled === 'pending') trouble = undefined;
    }
  } finally {
    ports.observe({ type: 'consent', waiting: false });
  }
}

type Asked = { readonly reply: TokenReply } | { readonly error: McpassError };

/** A way that breaks says nothing about the code (RFC 8628 section 3.5: then less often). */
async function poll(state: State, context: SignInContext): Promise<Asked> {
  const { issuer, tokenEndpoint } = state.authorizationServer;
  try {
    const reply = await requestTokens(
      {
        step: 'token',
        issuer,
        tokenEndpoint,
        client: state.client,
        move: state.clientMove,
        proofKey: state.dpopKey,
        resource: state.resource,
        compose: (server, client, authentication, options) =>
          deviceCodeGrantRequest(server, client, authentication, state.device.code.reveal(), options),
      },
      context,
    );
    return { reply };
  } catch (error) {
    if (isMcpassError(error) && WAY_BROKEN.has(error.code)) return { error };
    throw error;
  }
}

const WAY_BROKEN: ReadonlySet<string> = new Set([
  'connection_lost',
  'connect_failed',
  'dns_failed',
  'timeout',
  'proxy_failed',
]);

function refused(issuer: string): McpassError {
  return new McpassError('login_refused', `The sign-in was refused at ${quote(issuer)}.`, {
    step: 'authorization',
    fault: 'yours',
    remedy: { do: 'sign_in', device: true },
  });
}

function expired(message: string): McpassError {
  return new McpassError('login_timeout', message, {
    step: 'authorization',
    fault: 'yours',
    remedy: { do: 'sign_in', device: true },
  });
}

function interrupted({ reason }: AbortSignal): McpassError {
  return isMcpassError(reason)
    ? reason
    : new McpassError('interrupted', 'The sign-in was interrupted.', {
        step: 'authorization',
        fault: 'yours',
        remedy: { do: 'sign_in', device: true },
      });
}
