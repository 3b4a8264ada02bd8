import { allowInsecureRequests, customFetch } from 'oauth4webapi';

import type { Step } from '../errors.js';
import type { Wire, WireAnswer } from './wire.js';

export interface OAuthOptions {
  [customFetch]: (
    url: string,
    options: { method: string; headers: Record<string, string>; body?: unknown },
  ) => Promise<Response>;
  // Which http is allowed is judged by the wire, for every request alike.
  [allowInsecureRequests]: true;
}

interface Sender {
  readonly wire: Wire;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lets oauth4webapi compose a request and sends it over our wire: bounded, observed, no redirects. What comes back is
 * the raw answer, because reading it tolerantly is ours to do.
 */
export async function oauthRequest(
  step: Step,
  what: string,
  { wire, signal }: Sender,
  compose: (options: OAuthOptions) => Promise<Response>,
): Promise<WireAnswer> {
  let answer: WireAnswer | undefined;
  await compose({
    [allowInsecureRequests]: true,
    [customFetch]: async (url, { headers, body }) => {
      answer = await wire({
        step,
        method: 'POST',
        url,
        what,
        headers: plainContentType(headers),
        body: String(body),
        signal,
      });
      return new Response(null, { status: 204 });
    },
  });
  if (answer === undefined) throw new TypeError('the request was not sent');
  return answer;
}

/** Without `charset`, which form encoding does not have: some servers compare the header as a string. */
function plainContentType(headers: Readonly<Record<string, string>>): Record<string, string> {
  const type = headers['content-type'];
  if (type === undefined) return headers;
  return { ...headers, 'content-type': type.replace(/;.*$/, '') };
}
