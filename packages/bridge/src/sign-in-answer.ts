import type { Call } from './call.js';
import type { Desk } from './desk.js';
import { takesAddresses } from './host-facts.js';
import type { Message } from './envelope.js';
import { visitMembers } from './json-scan.js';
import { paramOf } from './meta.js';
import { ownGreeting } from './own-greeting.js';
import { errorMessage, reasonOf, RPC } from './rpc-error.js';
import type { SignInGate } from './sign-in-gate.js';
import { messageOf } from './sent.js';
import { replaceValue, splice } from './splice.js';
import { acknowledge } from './subscriptions.js';

export interface SignInRefusal {
  readonly call: Call;
  readonly thrown: unknown;
  readonly gate: SignInGate;
  readonly desk: Desk;
  readonly name: string;
  readonly version: string;
}

/** Requests that may end with a question (2026-07-28 basic/patterns/mrtr, "Supported Requests"). */
const ASKING = new Set(['tools/call', 'prompts/get', 'resources/read']);
/** The revision in which the error for URL elicitation exists. */
const URL_ERROR_VERSION = '2025-11-25';

/**
 * Answers a call that needs a sign-in: at once, with the command that signs in, or with the address where the host can
 * show one. A subscription waits instead: it is what will bring the news.
 */
export async function refuseForSignIn({
  call,
  thrown,
  gate,
  desk,
  name,
  version,
}: SignInRefusal): Promise<void> {
  const command = gate.commandFor(thrown);
  const { error, message } = reasonOf(thrown);
  const text = `${name}: ${message} Run: ${command}`;
  if (call.method === 'subscriptions/listen') return acknowledge(call, desk);
  if (call.method === 'server/discover')
    return desk.complete(call, ownGreeting(desk.host, name, version, text));
  if (ASKING.has(call.method) && takesAddresses(desk.host)) {
    const url = await gate.address();
    if (call.settled) return;
    if (url !== undefined) return offer(call, desk, { url, text });
  }
  const data = { ...error?.toJSON(), command };
  desk.log(`${call.method}: refused until the sign-in`);
  desk.reply(call, errorMessage(call.id, RPC.internal, text, data));
}

function offer(call: Call, desk: Desk, { url, text }: { readonly url: string; readonly text: string }): void {
  const params = { mode: 'url', message: text, url };
  if (desk.host.era === 'modern') {
    const inputRequests = { sign_in: { method: 'elicitation/create', params } };
    return desk.complete(
      call,
      JSON.stringify({ resultType: 'input_required', inputRequests, requestState: STATE }),
    );
  }
  const elicitations = [{ ...params, elicitationId: `sign-in-${call.id.replaceAll('"', '')}` }];
  if (desk.host.version < URL_ERROR_VERSION) {
    return desk.reply(call, errorMessage(call.id, RPC.internal, `${text} Or open: ${url}`));
  }
  desk.reply(call, errorMessage(call.id, RPC.urlElicitation, text, { elicitations }));
}

/** What is given to a host with the question; it brings it back with the call that is to go on. */
const STATE = 'mcpass-sign-in';
const STATE_BYTES = Buffer.from(STATE);

/** The call as it was before a sign-in was asked for; undefined for one that no sign-in interrupted. */
export function withoutSignIn(message: Message): Message | undefined {
  const { bytes, envelope } = message;
  if (envelope.params === undefined || !bytes.includes(STATE_BYTES)) return undefined;
  if (paramOf(message, 'requestState') !== STATE) return undefined;
  const rest: string[] = [];
  visitMembers(bytes, envelope.params.start, (key, start, end) => {
    if (key === 'inputResponses' || key === 'requestState') return;
    rest.push(`${JSON.stringify(key)}:${bytes.toString('utf8', start, end)}`);
  });
  return messageOf(splice(bytes, [replaceValue(envelope.params, `{${rest.join(',')}}`)]));
}
