import type { SignInContext } from '../context.js';
import type { ServerChosen } from './authorization-server.js';
import type { Requested } from './authorization.js';
import { type Identified, redirectUriOf } from './client.js';
import type { ScopesChosen } from './scopes.js';

export interface Answered {
  /** All parameters of the callback, as they came: the judge wants to see every one. */
  readonly callback: URLSearchParams;
}

/** Step 7: the person decides, in their own browser (RFC 8252). */
export async function consent(
  state: ServerChosen & ScopesChosen & Identified & Requested,
  context: SignInContext,
): Promise<Answered> {
  context.ports.observe({ type: 'consent', waiting: true });
  context.onConsent?.();
  try {
    const callback = await state.callbackServer.ask({
      authorizationUrl: state.authorizationUrl,
      server: context.server.href,
      issuer: state.authorizationServer.issuer,
      clientId: state.client.id,
      redirectUri: redirectUriOf(state),
      scopes: state.scopes,
      takesDevice: state.authorizationServer.deviceAuthorizationEndpoint !== undefined,
      timeoutMs: context.consentTimeoutMs,
      ...(context.signal !== undefined && { signal: context.signal }),
      accepts: (parameters) => {
        const values = parameters.getAll('state');
        return values.length === 1 && sameText(values[0] ?? '', state.state);
      },
    });
    return { callback };
  } finally {
    context.ports.observe({ type: 'consent', waiting: false });
  }
}

/** Takes the same time wherever the texts differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < b.length; at += 1) difference |= (a.charCodeAt(at) || 0) ^ b.charCodeAt(at);
  return difference === 0;
}
